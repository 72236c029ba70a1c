/** The kubelet's endpoints that Sublet reads: constant paths, never made from a request. */
export type KubeletEndpoint =
  'healthz' | 'pods' | 'summary' | 'cadvisor' | 'resource' | 'probes' | 'metrics'

interface Endpoint {
  readonly path: string
  readonly accept: string
}

export const TEXT_METRICS = 'text/plain;version=0.0.4'

export const KUBELET_ENDPOINTS: Readonly<Record<KubeletEndpoint, Endpoint>> = {
  healthz: { path: '/healthz', accept: 'text/plain' },
  pods: { path: '/pods', accept: 'application/json' },
  summary: { path: '/stats/summary', accept: 'application/json' },
  resource: { path: '/metrics/resource', accept: TEXT_METRICS },
  probes: { path: '/metrics/probes', accept: TEXT_METRICS },
  metrics: { path: '/metrics', accept: TEXT_METRICS },
  cadvisor: { path: '/metrics/cadvisor', accept: TEXT_METRICS },
}
