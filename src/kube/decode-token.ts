import type { Secret } from '../core/index.ts'
import { parseClaims, type TokenClaims } from './token-claims.ts'

/** Longer tokens are not looked at, in characters. Kubernetes' own have about 1,000. */
export const MAX_TOKEN_LENGTH: number = 16 * 1024

export interface TokenHeader {
  readonly alg: string
  readonly kid?: string
}

export type DecodedToken =
  | { readonly ok: true; readonly header: TokenHeader; readonly claims: TokenClaims }
  | { readonly ok: false; readonly code: 'malformed'; readonly why: string }

/**
 * Looks into a token WITHOUT verifying it: to choose a key, never to decide. Strict: three parts of canonical
 * base64url, JSON objects, numbers where times belong.
 */
export function decodeToken(token: Secret): DecodedToken {
  const text = token.reveal()
  if (text.length > MAX_TOKEN_LENGTH) return malformed('it is too long')
  const [head, body, signature, ...rest] = text.split('.')
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) {
    return malformed('it has not three parts')
  }
  if (decodePart(signature) === undefined) return malformed('its signature is not base64url')
  const header = parseHeader(readObject(head))
  if (header === undefined) return malformed('its header cannot be read')
  const payload = readObject(body)
  const claims = payload && parseClaims(payload)
  if (claims === undefined) return malformed('its claims cannot be read')
  return { ok: true, header, claims }
}

function malformed(why: string): DecodedToken {
  return { ok: false, code: 'malformed', why: `not a token: ${why}` }
}

function parseHeader(header: Record<string, unknown> | undefined): TokenHeader | undefined {
  if (header === undefined) return undefined
  const { alg, kid } = header
  // Nothing that Kubernetes signs uses extensions; who sends some tries something.
  if (typeof alg !== 'string' || 'crit' in header || 'b64' in header) return undefined
  if (kid === undefined) return { alg }
  return typeof kid === 'string' && kid.length <= 256 ? { alg, kid } : undefined
}

function readObject(part: string): Record<string, unknown> | undefined {
  const bytes = decodePart(part)
  if (bytes === undefined) return undefined
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The bytes of one part; undefined unless it is the only way to write them. */
function decodePart(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}
