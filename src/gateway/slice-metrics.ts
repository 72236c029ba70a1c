import { setImmediate } from 'node:timers/promises'
import type { Pod } from '../kube/index.ts'
import {
  CADVISOR_RULES,
  KUBELET_RULES,
  partitionMetrics,
  partitionMetricsInTurns,
  PROBES_RULES,
  RESOURCE_RULES,
  withNodeSums,
  type DropCounts,
  type MetricsRules,
  type NodeView,
  type OwnerLookup,
  type Partition,
  type PartitionOptions,
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

/** The pods of the same instant, and whose they are. */
export interface OwnedPods {
  readonly list: readonly Pod[]
  readonly owners: OwnerLookup
}

/** Divides one answer among the slices, `views` of them, by who owns the pods of the same instant. */
export function sliceMetrics(
  endpoint: MetricsEndpoint,
  payload: Buffer,
  pods: OwnedPods,
  views: readonly NodeView[],
): SlicedMetrics {
  const options = optionsFor(endpoint, pods, views)
  return sliced(endpoint, views, partitionMetrics(payload, pods.owners, options))
}

/** The same, in turns: what else the process has to do waits for two milliseconds at most. */
export async function sliceMetricsInTurns(
  endpoint: MetricsEndpoint,
  payload: Buffer,
  pods: OwnedPods,
  views: readonly NodeView[],
): Promise<SlicedMetrics> {
  const options = optionsFor(endpoint, pods, views)
  const pause = (): Promise<void> => setImmediate()
  return sliced(
    endpoint,
    views,
    await partitionMetricsInTurns(payload, pods.owners, options, pause),
  )
}

function optionsFor(
  endpoint: MetricsEndpoint,
  { list, owners }: OwnedPods,
  views: readonly NodeView[],
): PartitionOptions {
  const claims = endpoint === 'metrics' ? { claims: claimLookup(list, owners) } : {}
  return { views, rules: RULES[endpoint], ...claims }
}

function sliced(
  endpoint: MetricsEndpoint,
  views: readonly NodeView[],
  { slices, kept, dropped }: Partition,
): SlicedMetrics {
  return {
    kept,
    dropped,
    of(slice) {
      const rows = slices[slice] ?? Buffer.alloc(0)
      return endpoint === 'resource' ? withNodeSums(rows, views[slice] ?? 'none') : rows
    },
  }
}
