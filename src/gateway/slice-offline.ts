import {
  CADVISOR_RULES,
  parsePodList,
  partitionMetrics,
  readSummary,
  rebuildPods,
  sliceSummary,
  type NodeView,
} from '../kubelet/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { ownerLookup } from './owners.ts'

export interface OfflineSlice {
  readonly endpoint: 'cadvisor' | 'summary' | 'pods'
  /** What the kubelet answered; for `pods` a PodList, too. */
  readonly payload: Buffer
  /** The kubelet's `/pods` of the same instant: it says who owns what. */
  readonly pods: Buffer
  readonly tenant: Tenant
  readonly nodeView?: NodeView
}

/** What the gateway would answer this tenant, without a network. Throws E_KUBELET_SHAPE for payloads that no kubelet sends. */
export function sliceOffline(options: OfflineSlice): Buffer {
  const { endpoint, payload, tenant, nodeView = 'own-sum' } = options
  const owners = ownerLookup(parsePodList(options.pods), [tenant])
  switch (endpoint) {
    case 'cadvisor': {
      const { slices } = partitionMetrics(payload, owners, {
        views: [nodeView],
        rules: CADVISOR_RULES,
      })
      return slices[0] ?? Buffer.alloc(0)
    }
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
