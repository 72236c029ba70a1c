import {
  DEFAULT_BUCKETS,
  type Counter,
  type Histogram,
  type MetricRegistry,
} from './metric-registry.ts'

/** How pods are started and looked after. */
export interface PodMetrics {
  readonly podStart: Histogram
  readonly podWorker: Histogram
  readonly podWorkerStart: Histogram
  readonly runPodSandbox: Histogram
  readonly statusSync: Histogram
  readonly startedPods: Counter
  readonly startedPodErrors: Counter
  readonly startedContainers: Counter
}

const POD_START = [
  0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800,
  2700, 3600,
]
const SYNC = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20, 30, 45, 60]

export function podMetrics({ counter, histogram }: MetricRegistry): PodMetrics {
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
