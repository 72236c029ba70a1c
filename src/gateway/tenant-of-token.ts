import type { Clock, Logger, Secret } from '../core/index.ts'
import { decodeToken, verifyToken, type TokenClaims, type VerificationKey } from '../kube/index.ts'
import type { GatewayTenant } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'
import { publicKeyFingerprint } from './public-key-fingerprint.ts'
import { mayShareKeys, tenantOfHostToken } from './namespace-tenants.ts'

export type TokenOwner =
  | {
      readonly ok: true
      readonly tenant: GatewayTenant
      /** Signed by that tenant's key. */
      readonly claims: TokenClaims
      /** Milliseconds since 1970; undefined: the token never expires (a legacy one). */
      readonly expiresAt: number | undefined
    }
  | { readonly ok: false; readonly why: string }

/**
 * Whose a token is, found without sending it anywhere: its `kid` names a key, the key is exactly one tenant's, and the
 * signature is right. The issuer says nothing, it is the same in every vcluster. Where the tenant is known before (`only`),
 * another tenant's token is nobody's.
 */
export function createTokenOwners(options: {
  /** The tenants of this moment. */
  readonly tenants: () => readonly GatewayTenant[]
  readonly clock: Clock
  readonly log: Logger
}): (token: Secret, only?: GatewayTenant) => Promise<TokenOwner> {
  const { clock, log } = options
  const warned = new Set<string>()

  return async (token, only) => {
    const tenants = options.tenants()
    const decoded = decodeToken(token)
    if (!decoded.ok) return { ok: false, why: decoded.why }
    const { kid } = decoded.header
    if (kid === undefined) return { ok: false, why: 'the token names no key' }
    await refresh(tenants, only ? [only] : tenants, kid)
    const found = findKey(kid, tenants, only)
    if (!found.ok) {
      if (found.isShared && !warned.has(kid)) {
        log.error({ kid }, 'two tenants have the same key: its tokens are refused')
        warned.add(kid)
      }
      return { ok: false, why: found.why }
    }
    const { key } = found
    const verdict = await verifyToken(token, [key], { clock, leewayMs: LIMITS.clockSkewMs })
    if (!verdict.ok) return { ok: false, why: verdict.why }
    const { exp } = verdict.claims
    const expiresAt = exp === undefined ? undefined : exp * 1000
    // The tolerance is for clocks that are behind (`nbf`); here no token outlives its `exp`.
    if (expiresAt !== undefined && clock.now() >= expiresAt) {
      return { ok: false, why: 'the token has expired' }
    }
    const { claims } = verdict
    const isOfHost = found.tenant.config.vcluster === null
    const tenant = isOfHost ? tenantOfHostToken(claims, tenants) : found.tenant
    if (tenant === undefined || (only !== undefined && tenant !== only)) {
      return { ok: false, why: 'the namespace of the token is not that of the one tenant' }
    }
    return { ok: true, tenant, claims, expiresAt }
  }
}

type FoundKey =
  | { readonly ok: true; readonly tenant: GatewayTenant; readonly key: VerificationKey }
  | { readonly ok: false; readonly isShared: boolean; readonly why: string }

function findKey(
  kid: string,
  tenants: readonly GatewayTenant[],
  only: GatewayTenant | undefined,
): FoundKey {
  const refuse = (why: string, isShared = false): FoundKey => ({ ok: false, isShared, why })
  const candidates = tenants.flatMap((tenant) => {
    const key = tenant.keys.current.find((each) => each.kid === kid)
    return key === undefined ? [] : [{ tenant, key }]
  })
  const [found] = candidates
  if (found === undefined) return refuse('no tenant has the key that the token names')
  if (only !== undefined && !candidates.some(({ tenant }) => tenant === only)) {
    return refuse('the token is not of the tenant that is served here')
  }
  const rivals = tenants.filter((each) => !mayShareKeys(each, found.tenant))
  const isRivals = candidates.some(
    ({ tenant }) => tenant !== found.tenant && rivals.includes(tenant),
  )
  if (isRivals || isShared(found.key, found.tenant, rivals)) {
    return refuse('the key that the token names is not one tenant’s alone', true)
  }
  return { ok: true, ...found }
}

/** Keys are looked at again in time, and at once for an id that nobody has: those of the tenants that it may be of. */
async function refresh(
  tenants: readonly GatewayTenant[],
  possible: readonly GatewayTenant[],
  kid: string,
): Promise<void> {
  await Promise.all(tenants.map(({ keys }) => keys.refresh()))
  if (tenants.some(({ keys }) => keys.current.some((key) => key.kid === kid))) return
  await Promise.all(possible.map(({ keys }) => keys.refresh(kid)))
}

/** Another tenant has the same key, perhaps under another id. */
function isShared(
  key: VerificationKey,
  tenant: GatewayTenant,
  tenants: readonly GatewayTenant[],
): boolean {
  const wanted = publicKeyFingerprint(key)
  return tenants.some(
    (other) =>
      other !== tenant && other.keys.current.some((each) => publicKeyFingerprint(each) === wanted),
  )
}
