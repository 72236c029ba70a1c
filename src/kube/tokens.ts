import {
  createHash,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { SubletError, secret, systemClock, type Clock, type Secret } from '../core/index.ts'
import { decodeToken, type TokenHeader } from './decode-token.ts'
import type { TokenClaims } from './token-claims.ts'

export type TokenAlgorithm = 'RS256' | 'ES256'

/** A public key that tokens may be signed with. */
export interface VerificationKey {
  /** base64url(SHA-256(DER of the public key)), as kube-apiserver makes it. */
  readonly kid: string
  readonly alg: TokenAlgorithm
  readonly publicKey: KeyObject
}

/** A key that signs ServiceAccount tokens (RSA 2048, RS256, as kubeadm's `sa.key`). */
export interface TokenKey extends VerificationKey {
  readonly privateKey: KeyObject
}

/** What an API server serves at /openid/v1/jwks. */
export interface JwksDocument {
  readonly keys: readonly Record<string, string>[]
}

/** Makes a key, away from the main thread (some 50–500 ms). */
export async function createTokenKey(): Promise<TokenKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return tokenKeyOf(privateKey)
}

function tokenKeyOf(privateKey: KeyObject): TokenKey {
  return { ...verificationKeyOf(createPublicKey(privateKey)), privateKey }
}

/** The id and algorithm that belong to a public key. E_INPUT for keys other than RSA ≥ 2048 bits and P-256. */
export function verificationKeyOf(publicKey: KeyObject, kid?: string): VerificationKey {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return {
    kid: kid ?? createHash('sha256').update(der).digest('base64url'),
    alg: algorithmOf(publicKey),
    publicKey,
  }
}

function algorithmOf(key: KeyObject): TokenAlgorithm {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= 2048) return 'RS256'
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256'
  throw new SubletError('E_INPUT', 'tokens are signed with RSA keys of 2048 bits or P-256 keys')
}

/** The public halves, as an API server publishes them. */
export function jwksOf(keys: readonly VerificationKey[]): JwksDocument {
  return {
    keys: keys.map(({ kid, alg, publicKey }) => ({
      use: 'sig',
      ...(publicKey.export({ format: 'jwk' }) as Record<string, string>),
      kid,
      alg,
    })),
  }
}

/**
 * Reads a JWKS document. Keys for other uses or of other kinds are left out (an API server may add some), and so are
 * keys without a `kid`. Throws E_INPUT when it is no JWKS document at all.
 */
export function parseJwks(document: unknown): VerificationKey[] {
  const { keys } = (document ?? {}) as { keys?: unknown }
  if (!Array.isArray(keys) || keys.length > 1000) {
    throw new SubletError('E_INPUT', 'this is no JWKS document: it has no list of keys')
  }
  return keys.flatMap((entry: unknown) => {
    const { kty, use = 'sig', alg, kid } = (entry ?? {}) as Record<string, unknown>
    if (typeof kid !== 'string' || kid === '' || use !== 'sig') return []
    if (kty !== 'RSA' && kty !== 'EC') return []
    try {
      const publicKey = createPublicKey({ key: entry as JsonWebKey, format: 'jwk' })
      const key = verificationKeyOf(publicKey, kid)
      return alg === undefined || alg === key.alg ? [key] : []
    } catch {
      return []
    }
  })
}

/** A signed token (JWS compact). The header holds `alg` and `kid` only, as kube-apiserver's. */
export async function signToken(key: TokenKey, claims: TokenClaims): Promise<Secret> {
  const { CompactSign } = await import('jose/jws/compact/sign')
  const payload = Buffer.from(JSON.stringify(claims))
  const signing = new CompactSign(payload).setProtectedHeader({ alg: key.alg, kid: key.kid })
  return secret(await signing.sign(key.privateKey))
}

export type TokenVerdict<K extends VerificationKey = VerificationKey> =
  | {
      readonly ok: true
      readonly claims: TokenClaims
      readonly header: TokenHeader
      readonly key: K
    }
  | { readonly ok: false; readonly code: TokenFault; readonly why: string }

export type TokenFault =
  | 'malformed'
  | 'unknown-key'
  | 'bad-signature'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'

export interface VerifyOptions {
  readonly clock?: Clock
  /** When given, `iss` must be one of these. */
  readonly issuers?: readonly string[]
  /** When given, `aud` must name at least one of these. */
  readonly audiences?: readonly string[]
  /** Tolerance for `exp` and `nbf`, in milliseconds; kube-apiserver's is 60,000. Default 0. */
  readonly leewayMs?: number
}

/**
 * Verifies a token against the keys that have its `kid`, each with its own algorithm only (whatever the header says).
 * The signature comes first: nothing is said about the claims of a token that nobody signed.
 */
export async function verifyToken<K extends VerificationKey>(
  token: Secret,
  keys: readonly K[],
  options: VerifyOptions = {},
): Promise<TokenVerdict<K>> {
  const decoded = decodeToken(token)
  if (!decoded.ok) return decoded
  const { header, claims } = decoded
  const candidates = keys.filter(({ kid }) => kid === header.kid)
  if (header.kid === undefined || candidates.length === 0) {
    return { ok: false, code: 'unknown-key', why: 'no key has the id that the token names' }
  }
  for (const key of candidates) {
    if (header.alg !== key.alg || !(await isSigned(token, key))) continue
    return checkClaims(claims, options) ?? { ok: true, claims, header, key }
  }
  return { ok: false, code: 'bad-signature', why: 'the signature is not of the key that it names' }
}

async function isSigned(token: Secret, key: VerificationKey): Promise<boolean> {
  const { compactVerify } = await import('jose/jws/compact/verify')
  try {
    await compactVerify(token.reveal(), key.publicKey, { algorithms: [key.alg] })
    return true
  } catch {
    return false
  }
}

function checkClaims(
  claims: TokenClaims,
  options: VerifyOptions,
): { ok: false; code: TokenFault; why: string } | undefined {
  const { issuers, audiences, leewayMs = 0, clock = systemClock } = options
  const now = clock.now()
  const refuse = (code: TokenFault, why: string): { ok: false; code: TokenFault; why: string } => ({
    ok: false,
    code,
    why,
  })
  if (issuers && !issuers.includes(claims.iss)) {
    return refuse('wrong-issuer', 'the token is of another issuer')
  }
  if (audiences && !(claims.aud ?? []).some((one) => audiences.includes(one))) {
    return refuse('wrong-audience', 'the token is for another audience')
  }
  if (claims.exp !== undefined && now >= claims.exp * 1000 + leewayMs) {
    return refuse('expired', `the token expired at ${new Date(claims.exp * 1000).toISOString()}`)
  }
  if (claims.nbf !== undefined && now < claims.nbf * 1000 - leewayMs) {
    return refuse('not-yet-valid', 'the token is not valid yet')
  }
  return undefined
}
