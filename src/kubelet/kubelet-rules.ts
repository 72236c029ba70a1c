import { metricsRules, type MetricsRules } from './metrics-rules.ts'

const RESOURCE_FAMILIES = new Set([
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
  'container_start_time_seconds',
  'container_swap_usage_bytes',
  'container_swap_limit_bytes',
  'pod_cpu_usage_seconds_total',
  'pod_memory_working_set_bytes',
  'pod_swap_usage_bytes',
])

/**
 * `/metrics/resource`: containers and pods. The node's three families have no owner; a slice gets its own sums in their
 * place (`withNodeSums`). Source: kubelet `pkg/kubelet/metrics/collectors/resource_metrics.go`, 1.20–1.36.
 */
export const RESOURCE_RULES: MetricsRules = metricsRules({
  labels: { namespace: 'namespace', pod: 'pod', container: 'container' },
  kept: [],
  familyRule: (family) => (RESOURCE_FAMILIES.has(family) ? 'keep' : 'unknown'),
})

const PROBE_LABELS = ['probe_type', 'result', 'le']
const PROBE_FAMILIES = new Set(['prober_probe_total', 'prober_probe_duration_seconds'])

/** `/metrics/probes`. Source: kubelet `pkg/kubelet/prober/prober_manager.go`, 1.17–1.36. */
export const PROBES_RULES: MetricsRules = metricsRules({
  labels: { namespace: 'namespace', pod: 'pod', pod_uid: 'uid', container: 'container' },
  kept: PROBE_LABELS,
  familyRule: (family) => (PROBE_FAMILIES.has(family) ? 'keep' : 'unknown'),
})

const LOG_FAMILY = 'kubelet_container_log_filesystem_used_bytes'

/**
 * `/metrics`: the few families of the kubelet's own metrics that are about pods and claims; all others are the node's.
 * Sources: kubelet `pkg/kubelet/metrics/collectors/{volume_stats,log_metrics}.go`, 1.20–1.36.
 */
export const KUBELET_RULES: MetricsRules = metricsRules({
  labels: {
    namespace: 'namespace',
    pod: 'pod',
    uid: 'uid',
    pod_uid: 'uid',
    persistentvolumeclaim: 'claim',
    container: 'container',
  },
  kept: ['volume_name', ...PROBE_LABELS],
  familyRule: (family) =>
    family === LOG_FAMILY ||
    family.startsWith('kubelet_volume_stats_') ||
    PROBE_FAMILIES.has(family)
      ? 'keep'
      : 'unknown',
})
