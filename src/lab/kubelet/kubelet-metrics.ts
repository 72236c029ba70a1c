import {
  createMetricRegistry,
  DEFAULT_BUCKETS,
  type Counter,
  type Gauge,
  type Histogram,
  type MetricRegistry,
} from './metric-registry.ts'

/** The kubelet's own counters, with the names, help texts and buckets of a kubelet 1.36. */
export interface KubeletMetrics {
  readonly registry: MetricRegistry
  readonly runtimeOperations: Counter
  readonly runtimeErrors: Counter
  readonly runtimeDuration: Histogram
  readonly restRequests: Counter
  readonly restDuration: Histogram
  readonly rateLimiterDuration: Histogram
  readonly podStart: Histogram
  readonly podWorker: Histogram
  readonly podWorkerStart: Histogram
  readonly runPodSandbox: Histogram
  readonly statusSync: Histogram
  readonly startedPods: Counter
  readonly startedPodErrors: Counter
  readonly startedContainers: Counter
  readonly relistDuration: Histogram
  readonly relistInterval: Histogram
  readonly relistSeen: Gauge
  readonly httpRequests: Counter
  readonly httpDuration: Histogram
  readonly httpInflight: Gauge
  readonly certificateExpiration: Histogram
  readonly authnRequests: Counter
  readonly authzRequests: Counter
}

const POD_START = [
  0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800,
  2700, 3600,
]
const REST = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]
const RUNTIME = exponential(0.005, 2.5, 14)
/** 0, half an hour, …, a year of twelve months with 30 days. */
const EXPIRATION = [
  0, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 345600, 604800, 2592000, 7776000, 15552000,
  31104000,
]
const SYNC = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20, 30, 45, 60]

export function createKubeletMetrics(): KubeletMetrics {
  const registry = createMetricRegistry()
  const { counter, gauge, histogram } = registry
  return {
    registry,
    ...podMetrics(registry),
    runtimeOperations: counter(
      'kubelet_runtime_operations_total',
      '[ALPHA] Cumulative number of runtime operations by operation type.',
    ),
    runtimeErrors: counter(
      'kubelet_runtime_operations_errors_total',
      '[ALPHA] Cumulative number of runtime operation errors by operation type.',
    ),
    runtimeDuration: histogram(
      'kubelet_runtime_operations_duration_seconds',
      '[ALPHA] Duration in seconds of runtime operations. Broken down by operation type.',
      RUNTIME,
    ),
    restRequests: counter(
      'rest_client_requests_total',
      '[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.',
    ),
    restDuration: histogram(
      'rest_client_request_duration_seconds',
      '[ALPHA] Request latency in seconds. Broken down by verb, and host.',
      REST,
    ),
    rateLimiterDuration: histogram(
      'rest_client_rate_limiter_duration_seconds',
      '[ALPHA] Client side rate limiter latency in seconds. Broken down by verb, and host.',
      REST,
    ),
    relistDuration: histogram(
      'kubelet_pleg_relist_duration_seconds',
      '[ALPHA] Duration in seconds for relisting pods in PLEG.',
      DEFAULT_BUCKETS,
    ).declare(),
    relistInterval: histogram(
      'kubelet_pleg_relist_interval_seconds',
      '[ALPHA] Interval in seconds between relisting in PLEG.',
      DEFAULT_BUCKETS,
    ).declare(),
    relistSeen: gauge(
      'kubelet_pleg_last_seen_seconds',
      '[ALPHA] Timestamp in seconds when PLEG was last seen active.',
    ),
    httpRequests: counter(
      'kubelet_http_requests_total',
      '[ALPHA] Number of the http requests received since the server started',
    ),
    httpDuration: histogram(
      'kubelet_http_requests_duration_seconds',
      '[ALPHA] Duration in seconds to serve http requests',
      DEFAULT_BUCKETS,
    ),
    httpInflight: gauge(
      'kubelet_http_inflight_requests',
      '[ALPHA] Number of the inflight http requests',
    ),
    certificateExpiration: histogram(
      'apiserver_client_certificate_expiration_seconds',
      '[ALPHA] Distribution of the remaining lifetime on the certificate used to authenticate a request.',
      EXPIRATION,
    ).declare(),
    authnRequests: counter(
      'apiserver_delegated_authn_request_total',
      '[ALPHA] Number of HTTP requests partitioned by status code.',
    ),
    authzRequests: counter(
      'apiserver_delegated_authz_request_total',
      '[ALPHA] Number of HTTP requests partitioned by status code.',
    ),
  }
}

function podMetrics({
  counter,
  histogram,
}: MetricRegistry): Pick<
  KubeletMetrics,
  | 'podStart'
  | 'podWorker'
  | 'podWorkerStart'
  | 'runPodSandbox'
  | 'statusSync'
  | 'startedPods'
  | 'startedPodErrors'
  | 'startedContainers'
> {
  return {
    podStart: histogram(
      'kubelet_pod_start_duration_seconds',
      '[ALPHA] Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
      POD_START,
    ).declare(),
    podWorker: histogram(
      'kubelet_pod_worker_duration_seconds',
      '[ALPHA] Duration in seconds to sync a single pod. Broken down by operation type: create, update, or sync',
      DEFAULT_BUCKETS,
    ),
    podWorkerStart: histogram(
      'kubelet_pod_worker_start_duration_seconds',
      '[ALPHA] Duration in seconds from kubelet seeing a pod to starting a worker.',
      DEFAULT_BUCKETS,
    ).declare(),
    runPodSandbox: histogram(
      'kubelet_run_podsandbox_duration_seconds',
      '[ALPHA] Duration in seconds of the run_podsandbox operations. Broken down by RuntimeClass.Handler.',
      DEFAULT_BUCKETS,
    ),
    statusSync: histogram(
      'kubelet_pod_status_sync_duration_seconds',
      '[ALPHA] Duration in seconds to sync a pod status update. Measures time from detection of a change to pod status until the API is successfully updated for that pod, even if multiple intevening changes to pod status occur.',
      SYNC,
    ).declare(),
    startedPods: counter('kubelet_started_pods_total', '[ALPHA] Cumulative number of pods started'),
    startedPodErrors: counter(
      'kubelet_started_pods_errors_total',
      '[ALPHA] Cumulative number of errors when starting pods',
    ),
    startedContainers: counter(
      'kubelet_started_containers_total',
      '[ALPHA] Cumulative number of containers started',
    ),
  }
}

/** As client_golang's ExponentialBuckets: multiplied step by step, so that the bounds round as there. */
function exponential(start: number, factor: number, count: number): number[] {
  const bounds: number[] = []
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound)
  return bounds
}
