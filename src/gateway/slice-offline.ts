import {
  parsePodList,
  readSummary,
  rebuildPods,
  runningPods,
  sliceSummary,
  type NodeView,
} from '../kubelet/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { ownerLookup } from './owners.ts'
import { sliceMetrics, type MetricsEndpoint } from './slice-metrics.ts'

export interface OfflineSlice {
  readonly endpoint: MetricsEndpoint | 'summary' | 'pods' | 'runningpods'
  /** What the kubelet answered; for `pods` a PodList, too. `runningpods` is made from `pods` alone. */
  readonly payload: Buffer
  /** The kubelet's `/pods` of the same instant: it says who owns what. */
  readonly pods: Buffer
  readonly tenant: Tenant
  readonly nodeView?: NodeView
}

/** What the gateway would answer this tenant, without a network. Throws E_KUBELET_SHAPE for payloads that no kubelet sends. */
export function sliceOffline(options: OfflineSlice): Buffer {
  const { endpoint, payload, tenant, nodeView = 'own-sum' } = options
  const list = parsePodList(options.pods)
  const owners = ownerLookup(list, [tenant])
  switch (endpoint) {
    case 'cadvisor':
    case 'resource':
    case 'probes':
    case 'metrics':
      return sliceMetrics(endpoint, payload, { list, owners }, [nodeView]).of(0)
    case 'runningpods':
      return runningPods(list, owners, 0)
    case 'summary':
      return sliceSummary(readSummary(payload, owners), {
        slice: 0,
        nodeView,
        onlyCpuAndMemory: false,
      })
    case 'pods':
      return rebuildPods(parsePodList(payload), owners, 0)
  }
}
