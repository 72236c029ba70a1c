/** The lab's kubelet: runs a node's pods on the runtime and answers on the kubelet's HTTPS API like a real one (1.36). */
export { startKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts'
