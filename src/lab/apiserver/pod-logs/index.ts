/** `pods/log`: from the kubelet of the pod's node, or from wherever the server is told. */
export {
  KUBELET_CLIENT_NAME,
  createKubeletConnections,
  type KubeletConnections,
} from './kubelet-connections.ts'
export { openKubeletLog, type OpenPodLog } from './open-kubelet-log.ts'
export { containerOf, isPodLog, servePodLog } from './serve-pod-log.ts'
