/** Every metric of the gateway's own: docs/gateway.md has the same rows, a test holds the two together. */
export interface MetricKind {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[]
}

const ANSWERS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const READS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]

const counter = (help: string, ...labels: string[]): MetricKind => ({
  type: 'counter',
  help,
  labels,
})
const gauge = (help: string, ...labels: string[]): MetricKind => ({ type: 'gauge', help, labels })
const histogram = (help: string, buckets: readonly number[], ...labels: string[]): MetricKind => ({
  type: 'histogram',
  help,
  labels,
  buckets,
})

type Name<T extends string> = `sublet_gateway_${T}`
export type CounterName = Name<
  | 'requests_total'
  | 'decisions_total'
  | 'response_bytes_total'
  | 'throttled_total'
  | 'connections_refused_total'
  | 'cache_requests_total'
  | 'upstream_reads_total'
  | 'upstream_bytes_total'
  | 'upstream_failures_total'
  | 'rows_total'
  | 'config_reloads_total'
  | 'log_endings_total'
>
export type GaugeName = Name<
  | 'tenants'
  | 'unowned_pods'
  | 'contested_namespaces'
  | 'ignored_control_planes'
  | 'connections'
  | 'log_streams'
  | 'config_last_reload_successful'
  | 'config_last_reload_success_timestamp_seconds'
  | 'tls_not_after_timestamp_seconds'
>
export type HistogramName = Name<
  'request_duration_seconds' | 'review_duration_seconds' | 'upstream_read_duration_seconds'
>
export type MetricName = CounterName | GaugeName | HistogramName

export const METRICS: Readonly<Record<MetricName, MetricKind>> = {
  sublet_gateway_requests_total: counter(
    'Requests by endpoint, status code and tenant.',
    'endpoint',
    'code',
    'tenant',
  ),
  sublet_gateway_decisions_total: counter('What was decided about requests.', 'verdict', 'tenant'),
  sublet_gateway_request_duration_seconds: histogram(
    'From a request’s head to its answer.',
    ANSWERS,
    'endpoint',
  ),
  sublet_gateway_response_bytes_total: counter(
    'Bytes of bodies that were answered with.',
    'endpoint',
    'tenant',
  ),
  sublet_gateway_throttled_total: counter(
    'Requests above a tenant’s limit, by which.',
    'limit',
    'tenant',
  ),
  sublet_gateway_connections: gauge('Open connections of the tenants’ side.'),
  sublet_gateway_connections_refused_total: counter(
    'Connections that were ended because there were too many, or were too slow, by why.',
    'why',
  ),
  sublet_gateway_log_streams: gauge('Containers’ logs that are read at this moment.'),
  sublet_gateway_log_endings_total: counter('Containers’ logs by how they ended.', 'why', 'tenant'),
  sublet_gateway_review_duration_seconds: histogram(
    'Questions to tenants’ API servers, by what was asked and how it ended.',
    READS,
    'review',
    'result',
  ),
  sublet_gateway_cache_requests_total: counter(
    'Look-ups in the gateway’s memory of reviews and of the node.',
    'cache',
    'result',
  ),
  sublet_gateway_upstream_reads_total: counter('Reads of the kubelet by endpoint.', 'endpoint'),
  sublet_gateway_upstream_bytes_total: counter(
    'Bytes read from the kubelet by endpoint.',
    'endpoint',
  ),
  sublet_gateway_upstream_failures_total: counter(
    'Failed reads of the kubelet by endpoint.',
    'endpoint',
  ),
  sublet_gateway_upstream_read_duration_seconds: histogram(
    'Reads of the kubelet by endpoint.',
    READS,
    'endpoint',
  ),
  sublet_gateway_rows_total: counter('Metric rows by what became of them.', 'fate'),
  sublet_gateway_unowned_pods: gauge('Host pods that belong to no tenant, by reason.', 'reason'),
  sublet_gateway_tenants: gauge('Tenants that are served.'),
  sublet_gateway_contested_namespaces: gauge(
    'Host namespaces that several tenants claim: they are none’s.',
  ),
  sublet_gateway_ignored_control_planes: gauge(
    'Host pods that look like a vcluster’s control plane and are none, by reason.',
    'reason',
  ),
  sublet_gateway_config_reloads_total: counter('Reloads by how they ended.', 'result'),
  sublet_gateway_config_last_reload_successful: gauge('1: the last reload was taken; 0: refused.'),
  sublet_gateway_config_last_reload_success_timestamp_seconds: gauge(
    'When the configuration in use was taken.',
  ),
  sublet_gateway_tls_not_after_timestamp_seconds: gauge('When the serving certificate expires.'),
}
