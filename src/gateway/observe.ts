import { describeError, type Clock, type Logger } from '../core/index.ts'
import type { Metrics } from './metrics.ts'
import type { createSnapshots } from './snapshots.ts'
import type { CacheObserver } from './ttl-cache.ts'
import type { Upstream } from './upstream.ts'

/** What the rooms' parts tell of themselves, written into the metrics. */

export function observeReviews(metrics: Metrics): (cache: 'users' | 'access') => CacheObserver {
  return (cache) => ({
    looked: (result) => metrics.add('sublet_gateway_cache_requests_total', { cache, result }),
    asked: (ms, result) => {
      const review = cache === 'users' ? 'who' : 'access'
      metrics.time('sublet_gateway_review_duration_seconds', ms / 1000, { review, result })
    },
  })
}

/** The same upstream, timed. */
export function observeUpstream(upstream: Upstream, metrics: Metrics, clock: Clock): Upstream {
  const timed = async <T>(endpoint: string, read: () => Promise<T>): Promise<T> => {
    const start = clock.now()
    try {
      return await read()
    } finally {
      const seconds = (clock.now() - start) / 1000
      metrics.time('sublet_gateway_upstream_read_duration_seconds', seconds, { endpoint })
    }
  }
  return {
    ...upstream,
    read: (endpoint, signal) => timed(endpoint, () => upstream.read(endpoint, signal)),
    stream: (endpoint, take, signal) =>
      timed(endpoint, () => upstream.stream(endpoint, take, signal)),
    pods: (signal) => timed('pods', () => upstream.pods(signal)),
  }
}

export function observeSnapshots(
  metrics: Metrics,
  log: Logger,
): Parameters<typeof createSnapshots>[0]['observe'] {
  return {
    read(endpoint, bytes) {
      metrics.add('sublet_gateway_upstream_reads_total', { endpoint })
      metrics.add('sublet_gateway_upstream_bytes_total', { endpoint }, bytes)
    },
    failed(endpoint, error) {
      metrics.add('sublet_gateway_upstream_failures_total', { endpoint })
      log.error({ endpoint, error: describeError(error) }, 'the kubelet cannot be read')
    },
    looked: (result) => {
      metrics.add('sublet_gateway_cache_requests_total', { cache: 'node', result })
    },
    unowned(counts) {
      metrics.reset('sublet_gateway_unowned_pods')
      for (const [reason, count] of counts) {
        metrics.set('sublet_gateway_unowned_pods', count, { reason })
      }
    },
    dropped(dropped, kept) {
      metrics.add('sublet_gateway_rows_total', { fate: 'kept' }, kept)
      for (const [fate, count] of Object.entries(dropped)) {
        if (count > 0) metrics.add('sublet_gateway_rows_total', { fate }, count)
      }
    },
  }
}
