import { systemClock, type Clock, type Secret } from '../../core/index.ts'
import {
  LEGACY_ISSUER,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  decodeToken,
  identityOf,
  userOf,
  verifyToken,
  type TokenClaims,
  type TokenIdentity,
  type TokenVerdict,
  type UserInfo,
  type VerificationKey,
} from '../../kube/index.ts'
import type { Store, Stored } from './store.ts'

/** Who a token is, and for which of the wanted audiences; or why not, in the words of a kube-apiserver 1.36. */
export type TokenAnswer =
  | { readonly ok: true; readonly user: UserInfo; readonly audiences: readonly string[] }
  | { readonly ok: false; readonly error: string }

export interface TokenAuthenticator {
  /** `audiences`: what the token must be for; none means the API server itself. */
  authenticate(token: Secret, audiences?: readonly string[]): Promise<TokenAnswer>
}

/** go-jose's tolerance for clocks that differ, which a kube-apiserver inherits. */
const LEEWAY_MS = 60_000

const refuse = (why?: string): TokenAnswer => ({
  ok: false,
  error: why === undefined ? 'invalid bearer token' : `[invalid bearer token, ${why}]`,
})

/** Checks ServiceAccount tokens: signature and claims first, then that all they are bound to still exists. */
export function createTokenAuthenticator(options: {
  readonly store: Store
  readonly keys: readonly VerificationKey[]
  readonly issuer: string
  readonly clock?: Clock
}): TokenAuthenticator {
  const { store, keys, issuer } = options
  const clock = options.clock ?? systemClock
  return {
    async authenticate(token, audiences = [issuer]) {
      const decoded = decodeToken(token)
      if (!decoded.ok) return refuse()
      const { iss } = decoded.claims
      if (iss !== issuer && iss !== LEGACY_ISSUER) return refuse()
      const verdict = await verifyToken(token, keys, { clock, leewayMs: LEEWAY_MS })
      if (!verdict.ok && isSignatureFault(verdict)) return refuse(sayFault(verdict))
      const granted = grantedAudiences(decoded.claims.aud ?? [issuer], audiences)
      if (granted.length === 0) {
        const own = quoteAll(decoded.claims.aud ?? [issuer])
        return refuse(
          `token audiences ${own} is invalid for the target audiences ${quoteAll(audiences)}`,
        )
      }
      if (!verdict.ok) return refuse(sayFault(verdict))
      const fault = liveFault(store, verdict.claims, token, clock.now())
      const user = userOf(verdict.claims)
      if (fault !== undefined || user === undefined) return refuse(fault)
      return { ok: true, user, audiences: granted }
    },
  }
}

type Refused = Extract<TokenVerdict, { ok: false }>

const isSignatureFault = ({ code }: Refused): boolean =>
  code === 'unknown-key' || code === 'bad-signature' || code === 'malformed'

function sayFault(verdict: Refused): string | undefined {
  switch (verdict.code) {
    case 'unknown-key':
      return 'invalid signature, no keys found'
    case 'bad-signature':
      return 'go-jose/go-jose: error in cryptographic primitive'
    case 'expired':
      return 'service account token has expired'
    case 'not-yet-valid':
      return 'service account token is not valid yet'
    case 'malformed':
    case 'wrong-issuer':
    case 'wrong-audience':
      return undefined
  }
}

const grantedAudiences = (has: readonly string[], wanted: readonly string[]): readonly string[] =>
  wanted.filter((audience) => has.includes(audience))

const quoteAll = (values: readonly string[]): string =>
  `[${values.map((value) => JSON.stringify(value)).join(' ')}]`

const INVALIDATED = 'service account token has been invalidated'

/** What is wrong with a well-signed token here and now: its account, pod or Secret is gone or another one. */
function liveFault(
  store: Store,
  claims: TokenClaims,
  token: Secret,
  now: number,
): string | undefined {
  const identity = identityOf(claims)
  if (identity === undefined) return 'Token could not be validated.'
  const { namespace, serviceAccount } = identity
  const account = store.get(SERVICEACCOUNTS, namespace, serviceAccount.name)
  if (account === undefined) return `serviceaccounts "${serviceAccount.name}" not found`
  if (isGone(account, now)) {
    return `service account ${namespace}/${serviceAccount.name} has been deleted`
  }
  const { uid = '' } = account.object.metadata
  if (uid !== serviceAccount.uid) {
    return `service account UID (${uid}) does not match claim (${serviceAccount.uid})`
  }
  return legacyFault(store, identity, token) ?? boundFault(store, identity, now)
}

function legacyFault(store: Store, identity: TokenIdentity, token: Secret): string | undefined {
  if (identity.legacySecret === undefined) return undefined
  const found = store.get(SECRETS, identity.namespace, identity.legacySecret)
  if (found === undefined || found.object.metadata.deletionTimestamp) return INVALIDATED
  const data = found.object['data'] as Record<string, string> | undefined
  const kept = Buffer.from(data?.['token'] ?? '', 'base64').toString()
  return kept === token.reveal() ? undefined : "token does not match server's copy"
}

function boundFault(store: Store, identity: TokenIdentity, now: number): string | undefined {
  for (const [kind, resource] of [
    ['pod', PODS],
    ['secret', SECRETS],
  ] as const) {
    const bound = identity.binding?.[kind]
    if (bound === undefined) continue
    const found = store.get(resource, identity.namespace, bound.name)
    if (found === undefined || isGone(found, now)) return INVALIDATED
    const { uid = '' } = found.object.metadata
    if (uid !== bound.uid) {
      return `${kind} UID (${uid}) does not match service account ${kind} ref claim (${bound.uid})`
    }
  }
  return undefined
}

/** Deleted for longer than the tolerance: a pod that is ending may still use its token. */
function isGone({ object }: Stored, now: number): boolean {
  const { deletionTimestamp } = object.metadata
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < now - LEEWAY_MS
}
