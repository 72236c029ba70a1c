/** The lab's kube-proxy: Services' addresses and node ports, forwarded in user space to ready endpoints. */
export { startServiceProxy, type ServiceProxyOptions } from './service-proxy.ts'
