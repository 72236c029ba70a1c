import type { Clock } from '../core/index.ts'
import type { VerificationKey } from '../kube/index.ts'
import type { GatewayTenant } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'

/** What a verified signature has shown of a token. */
export interface KnownToken {
  readonly tenant: GatewayTenant
  /** Milliseconds since 1970; Infinity for a token without `exp`. */
  readonly expiresAt: number
  /** The name of its bearer in the tenant's own memory. */
  readonly callerKey: string
}

/** The tenants and their keys at one time: what is known holds for exactly these. */
export interface Moment {
  readonly tenants: readonly GatewayTenant[]
  readonly keys: readonly (readonly VerificationKey[])[]
}

/**
 * Whose the tokens are whose signatures were verified, by a keyed hash of the token's bytes; and, shortly, which signatures
 * were wrong. With any other tenant or key all of it is forgotten; no tenant can push out what is known of another.
 */
export interface KnownTokens {
  /** Of now; another object after each change. */
  moment(): Moment
  find(hash: string): KnownToken | undefined
  /** Why it was refused a short time ago. */
  refusal(hash: string): string | undefined
  /** `moment`: when it was verified; nothing is remembered of another one than now. */
  remember(hash: string, known: KnownToken, moment: Moment): void
  refuse(hash: string, why: string, moment: Moment): void
  readonly size: number
}

interface Entry<T> {
  readonly value: T
  readonly since: number
  readonly expiresAt: number
}

export function createKnownTokens(
  tenants: () => readonly GatewayTenant[],
  clock: Clock,
): KnownTokens {
  const known = new Map<string, Entry<KnownToken>>()
  const refused = new Map<string, Entry<string>>()
  /** In the order in which they were verified. */
  const byTenant = new Map<GatewayTenant, Set<string>>()
  const moment = createMoments(tenants, () => {
    for (const each of [known, refused, byTenant]) each.clear()
  })
  /** A clock that was set back makes no answer live longer. */
  const valid = <T>(entry: Entry<T> | undefined): T | undefined => {
    const now = clock.now()
    return entry && entry.since <= now && now < entry.expiresAt ? entry.value : undefined
  }
  const forget = (hash: string, of: Set<string> | undefined): void => {
    known.delete(hash)
    of?.delete(hash)
  }
  return {
    moment,
    find(hash) {
      moment()
      const entry = known.get(hash)
      const value = valid(entry)
      if (entry !== undefined && value === undefined) {
        forget(hash, byTenant.get(entry.value.tenant))
      }
      return value
    },
    refusal(hash) {
      moment()
      const why = valid(refused.get(hash))
      if (why === undefined) refused.delete(hash)
      return why
    },
    remember(hash, value, then) {
      if (moment() !== then) return
      const own = byTenant.get(value.tenant) ?? new Set()
      byTenant.set(value.tenant, own)
      const [oldest] = own
      if (oldest !== undefined && own.size >= LIMITS.cacheEntries) forget(oldest, own)
      forget(hash, own)
      own.add(hash)
      known.set(hash, { value, since: clock.now(), expiresAt: value.expiresAt })
    },
    refuse(hash, why, then) {
      if (moment() !== then) return
      const [oldest] = refused.keys()
      if (oldest !== undefined && refused.size >= LIMITS.cacheEntries) refused.delete(oldest)
      const since = clock.now()
      refused.set(hash, { value: why, since, expiresAt: since + LIMITS.refusedTtlMs })
    },
    get size() {
      return known.size + refused.size
    },
  }
}

function createMoments(tenants: () => readonly GatewayTenant[], changed: () => void): () => Moment {
  let last: Moment = { tenants: [], keys: [] }
  return () => {
    const now = tenants()
    const isSame = now === last.tenants && now.every(({ keys }, i) => keys.current === last.keys[i])
    if (isSame) return last
    changed()
    last = { tenants: now, keys: now.map(({ keys }) => keys.current) }
    return last
  }
}
