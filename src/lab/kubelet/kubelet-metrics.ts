import {
  createMetricRegistry,
  DEFAULT_BUCKETS,
  type Counter,
  type Gauge,
  type Histogram,
  type MetricRegistry,
} from './metric-registry.ts'
import { podMetrics, type PodMetrics } from './pod-metrics.ts'
import { servingMetrics, type ServingMetrics } from './serving-metrics.ts'

/** The kubelet's own counters, with the names, help texts and buckets of a kubelet 1.36. */
export interface KubeletMetrics
  extends PodMetrics, RuntimeMetrics, ApiClientMetrics, RelistMetrics, ServingMetrics {
  readonly registry: MetricRegistry
}

export function createKubeletMetrics(): KubeletMetrics {
  const registry = createMetricRegistry()
  return {
    registry,
    ...podMetrics(registry),
    ...runtimeMetrics(registry),
    ...apiClientMetrics(registry),
    ...relistMetrics(registry),
    ...servingMetrics(registry),
  }
}

/** Calls of the container runtime. */
interface RuntimeMetrics {
  readonly runtimeOperations: Counter
  readonly runtimeErrors: Counter
  readonly runtimeDuration: Histogram
}

const RUNTIME = exponential(0.005, 2.5, 14)

function runtimeMetrics({ counter, histogram }: MetricRegistry): RuntimeMetrics {
  return {
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
  }
}

/** The kubelet's own requests to the API server. */
interface ApiClientMetrics {
  readonly restRequests: Counter
  readonly restDuration: Histogram
  readonly rateLimiterDuration: Histogram
}

const REST = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

function apiClientMetrics({ counter, histogram }: MetricRegistry): ApiClientMetrics {
  return {
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
  }
}

/** The regular look at all containers, which upstream calls PLEG. */
interface RelistMetrics {
  readonly relistDuration: Histogram
  readonly relistInterval: Histogram
  readonly relistSeen: Gauge
}

function relistMetrics({ gauge, histogram }: MetricRegistry): RelistMetrics {
  return {
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
  }
}

/** As client_golang's ExponentialBuckets: multiplied step by step, so that the bounds round as there. */
function exponential(start: number, factor: number, count: number): number[] {
  const bounds: number[] = []
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound)
  return bounds
}
