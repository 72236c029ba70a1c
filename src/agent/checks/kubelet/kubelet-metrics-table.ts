/** What becomes of a family of `/metrics`. Histograms and summaries go by their declared type. */
export interface MetricsRow {
  readonly metric: string
  readonly call: 'gauge' | 'monotonic_count'
  /** Seconds become microseconds: the sum, and the bounds of the buckets. */
  readonly micro?: true
  /** `claim`: labels and the tags of the pod that uses the claim. `container`: the container's tags, no labels. */
  readonly tags?: 'claim' | 'container'
}

const gauge = (metric: string): MetricsRow => ({ metric, call: 'gauge' })
const monotonic = (metric: string): MetricsRow => ({ metric, call: 'monotonic_count' })
const micro = (metric: string): MetricsRow => ({ metric, call: 'gauge', micro: true })

/** Name of the family → name of the metric, for the families that differ in their ends only. */
const VOLUME = [
  'available_bytes',
  'capacity_bytes',
  'used_bytes',
  'inodes',
  'inodes_free',
  'inodes_used',
]
const DURATIONS: Readonly<Record<string, string>> = {
  network_plugin_operations: 'network_plugin.latency',
  pod_start: 'pod.start.duration',
  pod_worker: 'pod.worker.duration',
  pod_worker_start: 'pod.worker.start.duration',
  runtime_operations: 'runtime.operations.duration',
}

/** By family. Source: …/kubelet/provider/kubelet/provider.go */
export const METRICS_TABLE: Readonly<Record<string, MetricsRow>> = {
  go_threads: gauge('go_threads'),
  go_goroutines: gauge('go_goroutines'),
  rest_client_requests_total: gauge('rest.client.requests'),
  kubelet_pleg_last_seen_seconds: gauge('kubelet.pleg.last_seen'),
  kubelet_runtime_operations_total: gauge('kubelet.runtime.operations'),
  kubelet_runtime_operations: gauge('kubelet.runtime.operations'),
  kubelet_runtime_operations_errors_total: gauge('kubelet.runtime.errors'),
  kubelet_runtime_operations_errors: gauge('kubelet.runtime.errors'),
  kubelet_docker_operations: gauge('kubelet.docker.operations'),
  kubelet_docker_operations_errors: gauge('kubelet.docker.errors'),
  apiserver_client_certificate_expiration_seconds: gauge('apiserver.certificate.expiration'),
  kubelet_pleg_relist_duration_seconds: gauge('kubelet.pleg.relist_duration'),
  kubelet_pleg_relist_interval_seconds: gauge('kubelet.pleg.relist_interval'),
  rest_client_request_latency_seconds: gauge('rest.client.latency'),
  rest_client_request_duration_seconds: gauge('rest.client.latency'),
  kubelet_evictions: monotonic('kubelet.evictions'),
  kubelet_pleg_discard_events: monotonic('kubelet.pleg.discard_events'),
  kubelet_cpu_manager_pinning_errors_total: monotonic('kubelet.cpu_manager.pinning_errors_total'),
  kubelet_cpu_manager_pinning_requests_total: monotonic(
    'kubelet.cpu_manager.pinning_requests_total',
  ),
  kubelet_container_log_filesystem_used_bytes: {
    metric: 'kubelet.container.log_filesystem.used_bytes',
    call: 'gauge',
    tags: 'container',
  },
  kubelet_docker_operations_latency_microseconds: gauge('kubelet.docker.operations.duration'),
  ...Object.fromEntries(
    Object.entries(DURATIONS).flatMap(([family, metric]) => [
      [`kubelet_${family}_duration_seconds`, micro(`kubelet.${metric}`)],
      [`kubelet_${family}_latency_microseconds`, gauge(`kubelet.${metric}`)],
    ]),
  ),
  ...Object.fromEntries(
    VOLUME.map((end) => [
      `kubelet_volume_stats_${end}`,
      { metric: `kubelet.volume.stats.${end}`, call: 'gauge', tags: 'claim' } satisfies MetricsRow,
    ]),
  ),
}
