import type { Clock } from '../core/index.ts'
import type { GatewayConfig } from './config.ts'
import type { Metrics } from './metrics.ts'

type Limit = 'rate' | 'in-flight' | 'connections'

/** A request may go on, or comes too soon. `end` must be called once when an admitted request is over. */
export type Admission =
  | { readonly ok: true; readonly end: () => void }
  | { readonly ok: false; readonly limit: Limit; readonly retryAfterSeconds: number }

/** Keeps every tenant to its own share: one that asks too often is told so, and the others do not notice. */
export interface TenantLimits {
  admit(tenant: string): Admission
  /** Counts a request that another limit than a rate or its number in flight refused. */
  refuse(tenant: string, limit: Limit, retryAfterSeconds: number): Admission
}

interface Bucket {
  tokens: number
  filledAt: number
  inFlight: number
}

/** A token bucket and a count of requests in flight for each tenant; the limits are those of the moment. */
export function createTenantLimits(options: {
  readonly limits: () => GatewayConfig['limits']
  readonly clock: Clock
  readonly metrics: Metrics
}): TenantLimits {
  const { clock, metrics } = options
  const buckets = new Map<string, Bucket>()

  const bucketOf = (tenant: string, burst: number): Bucket => {
    const known = buckets.get(tenant)
    if (known !== undefined) return known
    forgetFull(buckets, clock.now())
    const made = { tokens: burst, filledAt: clock.now(), inFlight: 0 }
    buckets.set(tenant, made)
    return made
  }
  const refuse = (tenant: string, limit: Limit, retryAfterSeconds: number): Admission => {
    metrics.add('sublet_gateway_throttled_total', { limit, tenant })
    return { ok: false, limit, retryAfterSeconds }
  }
  return {
    refuse,
    admit(tenant) {
      const { requestsPerSecond, burst, inFlight } = options.limits()
      const bucket = bucketOf(tenant, burst)
      const now = clock.now()
      // A clock that was set back fills nothing.
      const passed = Math.max(0, now - bucket.filledAt) / 1000
      bucket.tokens = Math.min(burst, bucket.tokens + passed * requestsPerSecond)
      bucket.filledAt = now
      if (bucket.inFlight >= inFlight) return refuse(tenant, 'in-flight', 1)
      if (bucket.tokens < 1) {
        return refuse(tenant, 'rate', Math.ceil((1 - bucket.tokens) / requestsPerSecond))
      }
      bucket.tokens--
      bucket.inFlight++
      let isOver = false
      const end = (): void => {
        if (!isOver) bucket.inFlight--
        isOver = true
      }
      return { ok: true, end }
    },
  }
}

const FORGET_AFTER_MS = 10 * 60_000

/** Tenants that went away leave nothing behind. */
function forgetFull(buckets: Map<string, Bucket>, now: number): void {
  for (const [tenant, { inFlight, filledAt }] of buckets) {
    if (inFlight === 0 && now - filledAt > FORGET_AFTER_MS) buckets.delete(tenant)
  }
}
