import { secret, type Secret } from '../core/index.ts'
import { MAX_TOKEN_LENGTH } from '../kube/index.ts'

/**
 * The bearer token of a request: exactly one Authorization header, of the bearer kind, of printable ASCII. Undefined
 * for everything else; which of two tokens is meant is not ours to guess.
 */
export function bearerToken(rawHeaders: readonly string[]): Secret | undefined {
  let found: string | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'authorization') continue
    if (found !== undefined) return undefined
    found = rawHeaders[i + 1] ?? ''
  }
  if (found === undefined || found.length > MAX_TOKEN_LENGTH + 16) return undefined
  const [, token] = /^bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(found) ?? []
  return token === undefined || token.length > MAX_TOKEN_LENGTH ? undefined : secret(token)
}

export function hasAuthorization(rawHeaders: readonly string[]): boolean {
  return rawHeaders.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization')
}
