import { readFileSync, statSync } from 'node:fs'
import { secret, type Secret } from '../../core/secret.ts'
import { decodeToken } from '../../kube/decode-token.ts'
import {
  MAX_TOKEN_BYTES,
  TOKEN_EXPIRY_LEEWAY_MS,
  TOKEN_REFRESH_MS,
  TOKEN_REFUSED_BACKOFF_MAX_MS,
  TOKEN_REFUSED_BACKOFF_MS,
} from '../limits.ts'

/** A bearer token that changes while the agent runs. */
export interface TokenSource {
  /** The token to send now; undefined: send none. Never throws. */
  current(): Secret | undefined
  /**
   * The server answered 401 to `refused`. Gives a token that is worth one more try: the file is read again at once, but
   * after that only when the back-off (1, 2, 4 … s, at most 5 min) has elapsed.
   */
  afterRefusal(refused: Secret | undefined): Secret | undefined
  /** The server knew the caller: the next refusal is looked into at once. */
  accepted(): void
}

export const NO_TOKEN: TokenSource = {
  current: () => undefined,
  afterRefusal: () => undefined,
  accepted: () => undefined,
}

/**
 * A bearer token from a file. It is read again when what the name leads to changes (Kubernetes turns a symbolic link), about
 * each minute as client-go does, and before it expires. While a new one cannot be read, the last good one is used. Throws,
 * at the start only, when there is none to read; an empty file is no token. `stampOf`: how a change is seen.
 */
export function tokenSource(
  file: string,
  now: () => number,
  stampOf: (file: string) => string = changeStamp,
): TokenSource {
  const stampNow = (): string => {
    try {
      return stampOf(file)
    } catch {
      return 'gone'
    }
  }
  let stamp = stampOf(file)
  let token = readToken(file)
  let expiresAt = expiryOf(token)
  let readAt = now()
  let refusals = 0
  let askAgainAt = 0

  const read = (): void => {
    readAt = now()
    try {
      // The stamp first: what changes in between is seen the next time.
      const seen = stampOf(file)
      const found = readToken(file)
      stamp = seen
      // A file that is being written is empty for a moment.
      if (found === undefined) return
      token = found
      expiresAt = expiryOf(found)
    } catch {
      // The last good one may still be valid; the server will say.
    }
  }
  const isDue = (): boolean => {
    const age = now() - readAt
    if (age < 0 || age >= TOKEN_REFRESH_MS) return true
    if (expiresAt - now() <= TOKEN_EXPIRY_LEEWAY_MS && age >= 1_000) return true
    return stampNow() !== stamp
  }
  return {
    current() {
      if (isDue()) read()
      return token
    },
    afterRefusal(refused) {
      const known = refused?.reveal()
      // Another request has found a new one meanwhile.
      if (token?.reveal() !== known) return token
      if (now() < askAgainAt) return undefined
      const backoff = TOKEN_REFUSED_BACKOFF_MS * 2 ** refusals
      askAgainAt = now() + Math.min(backoff, TOKEN_REFUSED_BACKOFF_MAX_MS)
      refusals += 1
      read()
      return token?.reveal() === known ? undefined : token
    },
    accepted() {
      refusals = 0
      askAgainAt = 0
    },
  }
}

/** Of what the name leads to, through all symbolic links. */
function changeStamp(file: string): string {
  const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file)
  return [dev, ino, size, mtimeMs, ctimeMs].join(':')
}

/** undefined for an empty file. */
function readToken(file: string): Secret | undefined {
  const info = statSync(file)
  // A pipe or a device would hold the agent up for ever.
  if (!info.isFile()) throw new Error('it is no regular file')
  if (info.size > MAX_TOKEN_BYTES) throw new Error('the file is too large for a token')
  const text = readFileSync(file, 'utf8').trim()
  if (text === '') return undefined
  // What no header can carry is a mistake, and must not be told in an error of the HTTP client.
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Error('the file holds no token')
  return secret(text)
}

/** Milliseconds since 1970; infinity for a token that does not say. */
function expiryOf(token: Secret | undefined): number {
  const decoded = token && decodeToken(token)
  const seconds = decoded?.ok === true ? decoded.claims.exp : undefined
  return seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1000
}
