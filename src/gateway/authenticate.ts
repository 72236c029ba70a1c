import type { Clock, Logger, Secret } from '../core/index.ts'
import type { UserInfo } from '../kube/index.ts'
import { certificateOwner } from './client-certificates.ts'
import { createCredentialHash } from './credential-hash.ts'
import { createDoors } from './doors.ts'
import type { GatewayTenant, Known } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'
import type { Presented } from './presented.ts'
import { createTokenOwners, type TokenOwner } from './tenant-of-token.ts'

/** A caller that the tenant's own API server, or its certificate authority, vouches for. */
export interface Caller {
  readonly tenant: GatewayTenant
  readonly user: UserInfo
  /** Undefined for who came with a client certificate. */
  readonly token: Secret | undefined
  /** Keyed hash of tenant, audiences and credential: the only form in which the credential is remembered. */
  readonly key: string
  /** Milliseconds since 1970; Infinity for a token without `exp`. */
  readonly expiresAt: number
}

export type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly tenant: string | undefined; readonly why: string }
  /** The tenant's API server does not answer. */
  | { readonly kind: 'unavailable'; readonly tenant: string; readonly why: string }

export interface AuthenticatorOptions {
  /** The tenants of this moment. */
  readonly tenants: () => readonly GatewayTenant[]
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Thrown inside a cache question, so that what nobody answered is not remembered. */
export class Unavailable extends Error {}

/**
 * Says who a request's sender is: first whose door it is, then whose credential, then who (by the tenant's reviews, which
 * are cached). Where there is a token it decides; a certificate beside it must not be another tenant's.
 */
export function createAuthenticator(
  options: AuthenticatorOptions,
): (presented: Presented) => Promise<Authentication> {
  const { tenants, clock } = options
  const doorOf = createDoors(tenants)
  const hash = createCredentialHash()
  const ownerOf = createTokenOwners({ ...options, hash })

  const byCertificate = (presented: Presented, door?: GatewayTenant): Authentication => {
    const { certificate } = presented
    if (certificate === undefined) return refused(door, 'no bearer token')
    const owner = certificateOwner(certificate, tenants(), clock)
    if (owner.kind === 'stranger')
      return refused(door, 'no tenant’s authority signed the certificate')
    if (owner.kind === 'refused') return refused(door, owner.why)
    const { tenant, user, expiresAt } = owner
    if (door !== undefined && tenant !== door) {
      return refused(door, 'the certificate is not of the tenant that is served here')
    }
    if (!tenant.reviews.takesCertificates) {
      return refused(tenant, 'access: self asks with tokens: it cannot take certificates')
    }
    const key = hash.caller(tenant, 'certificate', certificate.fingerprint256)
    return { kind: 'caller', caller: { tenant, user, token: undefined, key, expiresAt } }
  }

  return async (presented) => {
    const door = doorOf(presented)
    if (door === 'nobody') return refused(undefined, 'two tenants, or none, are served here')
    const { token, certificate } = presented
    if (token === 'unreadable') return refused(door, 'not exactly one bearer token')
    if (token === 'none') return byCertificate(presented, door)

    const owner = await ownerOf(token, door)
    if (!owner.ok) return refused(door, owner.why)
    const { tenant, expiresAt, callerKey: key } = owner
    const beside = certificate && certificateOwner(certificate, tenants(), clock)
    if (beside?.kind === 'user' && beside.tenant !== tenant) {
      return refused(tenant, 'the token and the certificate are of two tenants')
    }
    let known: Known
    try {
      known = await tenant.users.get(key, () => ask(owner, token, options))
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      return { kind: 'unavailable', tenant: tenant.config.name, why: error.message }
    }
    if (known.kind === 'refused') return refused(tenant, known.why)
    return { kind: 'caller', caller: { tenant, user: known.user, token, key, expiresAt } }
  }
}

function refused(tenant: GatewayTenant | undefined, why: string): Authentication {
  return { kind: 'refused', tenant: tenant?.config.name, why }
}

async function ask(
  { tenant, expiresAt, claims }: Extract<TokenOwner, { ok: true }>,
  token: Secret,
  { clock, signal }: AuthenticatorOptions,
): Promise<{ value: Known; expiresAt: number }> {
  if (tenant.users.pending > LIMITS.concurrentReviews) throw new Unavailable('too many reviews')
  const review = await tenant.reviews.whoIs(token, claims(), signal)
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
        expiresAt: Math.min(clock.now() + LIMITS.userTtlMs, expiresAt),
      }
  }
}
