import { createHmac, randomBytes } from 'node:crypto'
import type { Clock, Logger, Secret } from '../core/index.ts'
import type { UserInfo } from '../kube/index.ts'
import type { GatewayTenant, Known } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'
import { createTokenOwners } from './tenant-of-token.ts'

/** A caller whose token the tenant's own API server accepted. */
export interface Caller {
  readonly tenant: GatewayTenant
  readonly user: UserInfo
  readonly token: Secret
  /** Keyed hash of the token: the only form in which it is remembered. */
  readonly tokenKey: string
  /** Milliseconds since 1970; Infinity for a token without `exp`. */
  readonly expiresAt: number
}

export type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly tenant: string | undefined; readonly why: string }
  /** The tenant's API server does not answer. */
  | { readonly kind: 'unavailable'; readonly tenant: string; readonly why: string }

/** Thrown inside a cache question, so that what nobody answered is not remembered. */
export class Unavailable extends Error {}

/** Says who a token's bearer is: first whose token it is, then that tenant's API server says who (cached). */
export function createAuthenticator(options: {
  readonly tenants: readonly GatewayTenant[]
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}): (token: Secret) => Promise<Authentication> {
  const { clock, signal } = options
  const ownerOf = createTokenOwners(options)
  const hashKey = randomBytes(32)

  return async (token) => {
    const owner = await ownerOf(token)
    if (!owner.ok) return { kind: 'refused', tenant: undefined, why: owner.why }
    const { tenant } = owner
    const { name } = tenant.config
    const expiresAt = owner.expiresAt ?? Number.POSITIVE_INFINITY
    const tokenKey = createHmac('sha256', hashKey).update(token.reveal()).digest('base64')
    let known: Known
    try {
      known = await tenant.users.get(tokenKey, () => ask(tenant, token, expiresAt, clock, signal))
    } catch (error) {
      if (error instanceof Unavailable) {
        return { kind: 'unavailable', tenant: name, why: error.message }
      }
      throw error
    }
    if (known.kind === 'refused') return { kind: 'refused', tenant: name, why: known.why }
    return { kind: 'caller', caller: { tenant, user: known.user, token, tokenKey, expiresAt } }
  }
}

async function ask(
  tenant: GatewayTenant,
  token: Secret,
  tokenExpiresAt: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ value: Known; expiresAt: number }> {
  if (tenant.users.pending > LIMITS.concurrentReviews) throw new Unavailable('too many reviews')
  const review = await tenant.reviewer.reviewSelf(token, signal)
  switch (review.kind) {
    case 'unavailable':
      throw new Unavailable(review.why)
    case 'denied':
      return {
        value: { kind: 'refused', why: review.why },
        expiresAt: clock.now() + LIMITS.refusedTtlMs,
      }
    case 'authenticated':
      if (review.user.groups?.includes('system:unauthenticated') === true) {
        throw new Unavailable('the API server took a bearer of a token for anonymous')
      }
      return {
        value: { kind: 'user', user: review.user },
        expiresAt: Math.min(clock.now() + LIMITS.userTtlMs, tokenExpiresAt),
      }
  }
}
