import type { Clock, Logger, Secret } from '../core/index.ts'
import { decodeToken, verifyToken, type TokenClaims, type VerificationKey } from '../kube/index.ts'
import type { CredentialHash } from './credential-hash.ts'
import type { GatewayTenant } from './gateway-tenant.ts'
import { createKnownTokens, type KnownToken, type KnownTokens } from './known-tokens.ts'
import { LIMITS } from './limits.ts'
import { publicKeyFingerprint } from './public-key-fingerprint.ts'
import { mayShareKeys, tenantOfHostToken } from './namespace-tenants.ts'

export type TokenOwner =
  | (KnownToken & {
      readonly ok: true
      /** Signed by that tenant's key. */
      readonly claims: () => TokenClaims
    })
  | { readonly ok: false; readonly why: string }

export interface TokenOwnersOptions {
  /** The tenants of this moment. */
  readonly tenants: () => readonly GatewayTenant[]
  readonly clock: Clock
  readonly log: Logger
  readonly hash: CredentialHash
}

/**
 * Whose a token is, found without sending it anywhere: its `kid` names a key, the key is exactly one tenant's, and the
 * signature is right. The issuer says nothing, it is the same in every vcluster. Where the tenant is known before (`only`),
 * another tenant's token is nobody's. A signature is verified once for the same bytes, keys and tenants.
 */
export function createTokenOwners(
  options: TokenOwnersOptions,
): (token: Secret, only?: GatewayTenant) => Promise<TokenOwner> {
  const { tenants, clock, hash } = options
  const known = createKnownTokens(tenants, clock)
  const verify = createVerifier(options, known)

  return async (token, only) => {
    const name = hash.token(token)
    const owner = known.find(name)?.tenant
    await refreshed(tenants(), (tenant) => tenant === owner)
    const found = known.find(name)
    if (found === undefined) {
      const why = known.refusal(name)
      return why === undefined ? verify(token, name, only) : { ok: false, why }
    }
    if (only !== undefined && only !== found.tenant) return { ok: false, why: OTHER_DOOR }
    return { ok: true, ...found, claims: () => claimsOf(token) }
  }
}

const OTHER_DOOR = 'the token is not of the tenant that is served here'

/** Looks at a token as if it had never come before, and remembers what was found. */
function createVerifier(
  { tenants, clock, log, hash }: TokenOwnersOptions,
  known: KnownTokens,
): (token: Secret, name: string, only: GatewayTenant | undefined) => Promise<TokenOwner> {
  const warned = new Set<string>()

  return async (token, name, only) => {
    const refuse = (why: string): TokenOwner => ({ ok: false, why })
    const decoded = decodeToken(token)
    if (!decoded.ok) return refuse(decoded.why)
    const { kid } = decoded.header
    if (kid === undefined) return refuse('the token names no key')
    await refreshedFor(kid, tenants(), only)
    const moment = known.moment()
    const found = findKey(kid, moment.tenants, only)
    if (!found.ok) {
      if (found.isShared && !warned.has(kid)) {
        log.error({ kid }, 'two tenants have the same key: its tokens are refused')
        warned.add(kid)
      }
      return refuse(found.why)
    }
    const verdict = await verifyToken(token, [found.key], { clock, leewayMs: LIMITS.clockSkewMs })
    if (!verdict.ok) {
      if (verdict.code === 'bad-signature') known.refuse(name, verdict.why, moment)
      return refuse(verdict.why)
    }
    const { claims } = verdict
    const expiresAt = claims.exp === undefined ? Number.POSITIVE_INFINITY : claims.exp * 1000
    // The tolerance is for clocks that are behind (`nbf`); here no token outlives its `exp`.
    if (clock.now() >= expiresAt) return refuse('the token has expired')
    const isOfHost = found.tenant.config.vcluster === null
    const tenant = isOfHost ? tenantOfHostToken(claims, moment.tenants) : found.tenant
    if (tenant === undefined || (only !== undefined && tenant !== only)) {
      return refuse('the namespace of the token is not that of the one tenant')
    }
    const callerKey = hash.caller(tenant, 'token', token.reveal())
    known.remember(name, { tenant, expiresAt, callerKey }, moment)
    return { ok: true, tenant, expiresAt, callerKey, claims: () => claims }
  }
}

/** Of a token whose very bytes were verified before. */
function claimsOf(token: Secret): TokenClaims {
  const decoded = decodeToken(token)
  if (!decoded.ok) throw new Error('a verified token cannot be read')
  return decoded.claims
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
    return refuse(OTHER_DOOR)
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

/**
 * Keys are looked at again in time. Who asks waits for that, but not for the API server of another tenant than its own: one
 * that is slow harms nobody else.
 */
async function refreshed(
  tenants: readonly GatewayTenant[],
  isOwn: (tenant: GatewayTenant) => boolean,
): Promise<void> {
  let waits: Promise<void>[] | undefined
  for (const tenant of tenants) {
    const { keys } = tenant
    if (keys.isFresh) continue
    const isWaitedFor = !keys.mayLag || isOwn(tenant)
    const looked = keys.refresh()
    if (isWaitedFor) (waits ??= []).push(looked)
  }
  if (waits !== undefined) await Promise.all(waits)
}

/** For an id that nobody has, the keys of the tenants that it may be of are looked at at once. */
async function refreshedFor(
  kid: string,
  tenants: readonly GatewayTenant[],
  only: GatewayTenant | undefined,
): Promise<void> {
  const has = ({ keys }: GatewayTenant): boolean => keys.current.some((key) => key.kid === kid)
  await refreshed(tenants, has)
  if (tenants.some(has)) return
  await Promise.all((only ? [only] : tenants).map(({ keys }) => keys.refresh(kid)))
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
