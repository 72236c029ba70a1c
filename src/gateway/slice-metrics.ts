import type { Pod } from '../kube/index.ts'
import {
  CADVISOR_RULES,
  KUBELET_RULES,
  partitionMetrics,
  PROBES_RULES,
  RESOURCE_RULES,
  withNodeSums,
  type DropCounts,
  type MetricsRules,
  type NodeView,
  type OwnerLookup,
} from '../kubelet/index.ts'
import { claimLookup } from './claim-owners.ts'

/** The kubelet's endpoints in Prometheus text; `metrics` is its `/metrics`. */
export const METRICS_ENDPOINTS = ['cadvisor', 'resource', 'probes', 'metrics'] as const
export type MetricsEndpoint = (typeof METRICS_ENDPOINTS)[number]

const RULES: Readonly<Record<MetricsEndpoint, MetricsRules>> = {
  cadvisor: CADVISOR_RULES,
  resource: RESOURCE_RULES,
  probes: PROBES_RULES,
  metrics: KUBELET_RULES,
}

export interface SlicedMetrics {
  /** What one slice is answered. */
  of(slice: number): Buffer
  readonly kept: number
  readonly dropped: DropCounts
}

/** Divides one answer among the slices, `views` of them, by who owns the pods of the same instant. */
export function sliceMetrics(
  endpoint: MetricsEndpoint,
  payload: Buffer,
  pods: { readonly list: readonly Pod[]; readonly owners: OwnerLookup },
  views: readonly NodeView[],
): SlicedMetrics {
  const { slices, kept, dropped } = partitionMetrics(payload, pods.owners, {
    views,
    rules: RULES[endpoint],
    ...(endpoint === 'metrics' ? { claims: claimLookup(pods.list, pods.owners) } : {}),
  })
  return {
    kept,
    dropped,
    of(slice) {
      const rows = slices[slice] ?? Buffer.alloc(0)
      return endpoint === 'resource' ? withNodeSums(rows, views[slice] ?? 'none') : rows
    },
  }
}
