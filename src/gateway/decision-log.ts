import type { IncomingMessage } from 'node:http'
import type { Logger } from '../core/index.ts'
import { kubeletPath } from '../kubelet/index.ts'
import type { Decision } from './handle.ts'
import type { Metrics } from './metrics.ts'

/** What became of a request, in one word. */
export type Verdict =
  | 'allowed'
  | 'unauthenticated'
  | 'forbidden'
  | 'throttled'
  | 'not-served'
  | 'node-unreadable'
  | 'access-unknown'
  | 'failed'

export function verdictOf(status: number): Verdict {
  switch (status) {
    case 200:
      return 'allowed'
    case 401:
      return 'unauthenticated'
    case 403:
      return 'forbidden'
    case 429:
      return 'throttled'
    case 502:
      return 'node-unreadable'
    case 503:
      return 'access-unknown'
    default:
      return status < 500 ? 'not-served' : 'failed'
  }
}

/**
 * Writes the one line that every request leaves in the log, and counts it. Nothing in it is the client's own text, except
 * the user that the tenant's API server named: a path is told as the kubelet's path that it is under, or not at all.
 */
export function recordDecision(
  request: IncomingMessage,
  { endpoint, tenant, user, why, answer }: Decision,
  ms: number,
  { log, metrics }: { log: Logger; metrics: Metrics },
): void {
  const { status, body } = answer
  const verdict = verdictOf(status)
  const bytes = request.method === 'HEAD' ? 0 : body.length
  const label = tenant ?? ''
  metrics.add('sublet_gateway_requests_total', { endpoint, code: String(status), tenant: label })
  metrics.add('sublet_gateway_decisions_total', { verdict, tenant: label })
  metrics.add('sublet_gateway_response_bytes_total', { endpoint, tenant: label }, bytes)
  metrics.time('sublet_gateway_request_duration_seconds', ms / 1000, { endpoint })
  const path = kubeletPath((request.url ?? '').split('?')[0] ?? '')?.path ?? 'other'
  const from = request.socket.remoteAddress
  const line = { verdict, status, endpoint, path, tenant, user, why, bytes, ms, from }
  log[verdict === 'allowed' ? 'info' : 'warn'](line, 'request')
}
