import type { Pod } from '../kube/index.ts'
import {
  CADVISOR_RULES,
  createMetricsDivider,
  KUBELET_RULES,
  PROBES_RULES,
  RESOURCE_RULES,
  withNodeSums,
  type ClaimLookup,
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
  /** The bytes of `of` are not needed any more, and nobody has seen them: their memory is used for the next payload. */
  recycle(slice: number): void
  readonly kept: number
  readonly dropped: DropCounts
  /** The kubelet says that containers are missing. */
  readonly isIncomplete: boolean
}

/** The pods of one instant: who owns them says whose each row is. */
export interface OwnedPods {
  readonly list: readonly Pod[]
  readonly owners: OwnerLookup
}

/** An answer on its way; `end` is for one that came whole. */
export interface Slicing {
  write(piece: Buffer): void
  end(): SlicedMetrics
}

/** Divides the answers of one endpoint, one after the other, among the slices; there are `views` of them. */
export type MetricsSlicer = (pods: OwnedPods, views: readonly NodeView[]) => Slicing

export function createMetricsSlicer(endpoint: MetricsEndpoint): MetricsSlicer {
  const divider = createMetricsDivider(RULES[endpoint])
  // One lookup for one list: what is known of the rows is forgotten with it.
  const claimsOf = endpoint === 'metrics' ? lastOf(claimLookup) : () => undefined
  return ({ list, owners }, views) => {
    const division = divider.begin({ owners, views, claims: claimsOf(list, owners) })
    return {
      write: (piece) => division.write(piece),
      end() {
        const divided = division.end()
        const { slices, kept, dropped, isIncomplete } = divided
        const of = (slice: number): Buffer => {
          const rows = slices[slice] ?? Buffer.alloc(0)
          return endpoint === 'resource' ? withNodeSums(rows, views[slice] ?? 'none') : rows
        }
        return { kept, dropped, isIncomplete, of, recycle: (slice) => divided.recycle(slice) }
      },
    }
  }
}

/** Divides one answer. */
export function sliceMetrics(
  endpoint: MetricsEndpoint,
  payload: Buffer,
  pods: OwnedPods,
  views: readonly NodeView[],
): SlicedMetrics {
  const slicing = createMetricsSlicer(endpoint)(pods, views)
  slicing.write(payload)
  return slicing.end()
}

/** The last result again for the same arguments. */
function lastOf(
  make: (list: readonly Pod[], owners: OwnerLookup) => ClaimLookup,
): (list: readonly Pod[], owners: OwnerLookup) => ClaimLookup {
  let last: { list: readonly Pod[]; owners: OwnerLookup; made: ClaimLookup } | undefined
  return (list, owners) => {
    if (last?.list !== list || last.owners !== owners) {
      last = { list, owners, made: make(list, owners) }
    }
    return last.made
  }
}
