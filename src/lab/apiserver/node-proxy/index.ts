/** `nodes/proxy`: a node's kubelet, through the API server. */
export {
  isNodeProxy,
  kubeletOfNode,
  kubeletTarget,
  nodeNameOf,
  serveNodeProxy,
  type FindNode,
} from './serve-node-proxy.ts'
