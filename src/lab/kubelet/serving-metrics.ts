import {
  DEFAULT_BUCKETS,
  type Counter,
  type Gauge,
  type Histogram,
  type MetricRegistry,
} from './metric-registry.ts'

/** Requests to the kubelet's own API, and who made them. */
export interface ServingMetrics {
  readonly httpRequests: Counter
  readonly httpDuration: Histogram
  readonly httpInflight: Gauge
  readonly certificateExpiration: Histogram
  readonly authnRequests: Counter
  readonly authzRequests: Counter
}

/** 0, half an hour, …, a year of twelve months with 30 days. */
const EXPIRATION = [
  0, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 345600, 604800, 2592000, 7776000, 15552000,
  31104000,
]

export function servingMetrics({ counter, gauge, histogram }: MetricRegistry): ServingMetrics {
  return {
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
