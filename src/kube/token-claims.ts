import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '../core/index.ts'
import type { UserInfo } from './objects.ts'

export interface NameAndUid {
  readonly name: string
  readonly uid: string
}

/** What a bound token is bound to (the claim `kubernetes.io`). */
export interface KubernetesClaims {
  readonly namespace: string
  readonly serviceaccount: NameAndUid
  readonly pod?: NameAndUid
  /** Its uid is missing when the API server did not find the Node. */
  readonly node?: { readonly name: string; readonly uid?: string }
  readonly secret?: NameAndUid
  /** Seconds since 1970: from then on its use is counted as stale. */
  readonly warnafter?: number
}

/** Claims of a ServiceAccount token, bound or legacy. Times are seconds since 1970. */
export interface TokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud?: readonly string[]
  readonly iat?: number
  readonly nbf?: number
  readonly exp?: number
  readonly jti?: string
  readonly 'kubernetes.io'?: KubernetesClaims
  readonly 'kubernetes.io/serviceaccount/namespace'?: string
  readonly 'kubernetes.io/serviceaccount/secret.name'?: string
  readonly 'kubernetes.io/serviceaccount/service-account.name'?: string
  readonly 'kubernetes.io/serviceaccount/service-account.uid'?: string
}

export const LEGACY_ISSUER = 'kubernetes/serviceaccount'

/** The user name of a ServiceAccount. */
export function serviceAccountUsername(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

/** Claims of a token as the TokenRequest API issues it. `lifetimeMs` from now on. */
export function boundClaims(options: {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly namespace: string
  readonly serviceAccount: NameAndUid
  readonly pod?: NameAndUid | undefined
  readonly node?: { readonly name: string; readonly uid?: string } | undefined
  readonly secret?: NameAndUid | undefined
  readonly lifetimeMs: number
  /** Milliseconds from now; only for tokens whose lifetime was extended for old clients. */
  readonly warnAfterMs?: number | undefined
  readonly clock?: Clock
}): TokenClaims {
  const { namespace, serviceAccount, pod, node, secret, warnAfterMs } = options
  const now = Math.floor((options.clock ?? systemClock).now() / 1000)
  return {
    aud: options.audiences,
    exp: now + Math.floor(options.lifetimeMs / 1000),
    iat: now,
    iss: options.issuer,
    jti: randomUUID(),
    'kubernetes.io': {
      namespace,
      ...(node ? { node } : {}),
      ...(pod ? { pod } : {}),
      ...(secret ? { secret } : {}),
      serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
      ...(warnAfterMs === undefined ? {} : { warnafter: now + Math.floor(warnAfterMs / 1000) }),
    },
    nbf: now,
    sub: serviceAccountUsername(namespace, serviceAccount.name),
  }
}

/** Claims of a token in a `kubernetes.io/service-account-token` Secret: they never expire. */
export function legacyClaims(options: {
  readonly namespace: string
  readonly secretName: string
  readonly serviceAccount: NameAndUid
}): TokenClaims {
  const { namespace, secretName, serviceAccount } = options
  return {
    iss: LEGACY_ISSUER,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': secretName,
    'kubernetes.io/serviceaccount/service-account.name': serviceAccount.name,
    'kubernetes.io/serviceaccount/service-account.uid': serviceAccount.uid,
    sub: serviceAccountUsername(namespace, serviceAccount.name),
  }
}

/** Reads claims from JSON; undefined when one has the wrong type. `aud` may be one string; unknown claims are dropped. */
export function parseClaims(payload: Record<string, unknown>): TokenClaims | undefined {
  const { iss, sub, aud, jti } = payload
  const texts = [iss, sub, ...LEGACY.map((name) => payload[name] ?? ''), jti ?? '']
  if (texts.some((text) => typeof text !== 'string')) return undefined
  const audiences = typeof aud === 'string' ? [aud] : aud
  if (audiences !== undefined && !isTexts(audiences)) return undefined
  for (const time of [payload['iat'], payload['nbf'], payload['exp']]) {
    if (time !== undefined && !isTime(time)) return undefined
  }
  const binding = payload['kubernetes.io']
  if (binding !== undefined && !isBinding(binding)) return undefined
  const known: Record<string, unknown> = { iss, sub }
  if (audiences !== undefined) known['aud'] = audiences
  for (const name of ['iat', 'nbf', 'exp', 'jti', 'kubernetes.io', ...LEGACY]) {
    if (payload[name] !== undefined) known[name] = payload[name]
  }
  return known as unknown as TokenClaims
}

const LEGACY = [
  'kubernetes.io/serviceaccount/namespace',
  'kubernetes.io/serviceaccount/secret.name',
  'kubernetes.io/serviceaccount/service-account.name',
  'kubernetes.io/serviceaccount/service-account.uid',
] as const

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

/** A date that JavaScript can hold: seconds up to the year 275760. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e12
}

function isBinding(value: unknown): value is KubernetesClaims {
  if (typeof value !== 'object' || value === null) return false
  const claims = value as Record<string, unknown>
  if (typeof claims['namespace'] !== 'string' || !isNameAndUid(claims['serviceaccount'])) {
    return false
  }
  const { node, warnafter } = claims
  if (node !== undefined && !isNameAndUid({ uid: '', ...node })) return false
  if (warnafter !== undefined && !isTime(warnafter)) return false
  return ['pod', 'secret'].every((name) => {
    return claims[name] === undefined || isNameAndUid(claims[name])
  })
}

function isNameAndUid(value: unknown): value is NameAndUid {
  if (typeof value !== 'object' || value === null) return false
  const { name, uid } = value as Record<string, unknown>
  return typeof name === 'string' && typeof uid === 'string'
}

/** Which ServiceAccount VERIFIED claims speak of, and by which Secret (legacy) or objects (bound). */
export interface TokenIdentity {
  readonly namespace: string
  readonly serviceAccount: NameAndUid
  readonly legacySecret?: string
  readonly binding?: KubernetesClaims
}

/** undefined when the claims name no ServiceAccount, or `sub` another one than the rest. */
export function identityOf(claims: TokenClaims): TokenIdentity | undefined {
  const binding = claims['kubernetes.io']
  const identity = binding
    ? { namespace: binding.namespace, serviceAccount: binding.serviceaccount, binding }
    : legacyIdentity(claims)
  if (identity === undefined) return undefined
  const expected = serviceAccountUsername(identity.namespace, identity.serviceAccount.name)
  return claims.sub === expected ? identity : undefined
}

function legacyIdentity(claims: TokenClaims): TokenIdentity | undefined {
  const namespace = claims['kubernetes.io/serviceaccount/namespace']
  const legacySecret = claims['kubernetes.io/serviceaccount/secret.name']
  const name = claims['kubernetes.io/serviceaccount/service-account.name']
  const uid = claims['kubernetes.io/serviceaccount/service-account.uid']
  if (!namespace || !legacySecret || !name || !uid) return undefined
  return { namespace, legacySecret, serviceAccount: { name, uid } }
}

/** The user that VERIFIED claims stand for, as kube-apiserver 1.36 names it (groups and `extra` included). */
export function userOf(claims: TokenClaims): UserInfo | undefined {
  const identity = identityOf(claims)
  if (identity === undefined) return undefined
  const { namespace, serviceAccount, binding } = identity
  const prefix = 'authentication.kubernetes.io/'
  const extra: Record<string, string[]> = {}
  if (binding && claims.jti) extra[`${prefix}credential-id`] = [`JTI=${claims.jti}`]
  for (const kind of ['node', 'pod'] as const) {
    const bound = binding?.[kind]
    if (bound === undefined) continue
    extra[`${prefix}${kind}-name`] = [bound.name]
    if (bound.uid) extra[`${prefix}${kind}-uid`] = [bound.uid]
  }
  return {
    username: claims.sub,
    uid: serviceAccount.uid,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  }
}
