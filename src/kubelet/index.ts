/** The kubelet's wire: its paths, a client, and the slicing of its answers by owner (who owns what is injected). */
export {
  KUBELET_PATHS,
  UNAUTHORIZED_BODY,
  forbiddenBody,
  kubeletPath,
  kubeletVerb,
  type KubeletPath,
} from './paths.ts'
export type * from './summary-types.ts'
export { KUBELET_ENDPOINTS, type KubeletEndpoint } from './endpoints.ts'
export {
  createKubeletClient,
  type KubeletAnswer,
  type KubeletClient,
  type KubeletClientOptions,
} from './client.ts'
export type { ClaimLookup, ClaimOwner, NodeView, OwnerLookup, PodOwner } from './owner.ts'
export { DROP_REASONS, type DropCounts, type DropReason } from './drop-reasons.ts'
export { CADVISOR_RULES } from './cadvisor-rules.ts'
export { KUBELET_RULES, PROBES_RULES, RESOURCE_RULES } from './kubelet-rules.ts'
export type { FamilyRule, LabelRole, MetricsRules } from './metrics-rules.ts'
export {
  createMetricsDivider,
  partitionMetrics,
  type Division,
  type MetricsDivider,
  type Partition,
  type PartitionOptions,
} from './partition-metrics.ts'
export {
  readSummary,
  sliceSummary,
  type SummarySliceOptions,
  type SummarySnapshot,
} from './slice-summary.ts'
export { parsePodList, rebuildPods } from './rebuild-pods.ts'
export { runningPods } from './running-pods.ts'
export { withNodeSums } from './resource-sums.ts'
export {
  logQuery,
  readLogOptions,
  type LogOptionFault,
  type LogOptions,
  type LogOptionsResult,
} from './log-options.ts'
