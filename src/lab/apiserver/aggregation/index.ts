/** The aggregation layer: API groups that other servers in the cluster answer for (`metrics.k8s.io`). */
export { createAggregator, type Aggregator, type RemoteGroup } from './aggregator.ts'
export { remoteApiGroup, remoteDiscovery } from './discovery.ts'
export { createFrontProxy, publishFrontProxy, type FrontProxyCredential } from './front-proxy.ts'
