import { readFileSync } from 'node:fs'
import { secret, type Secret } from '../../core/secret.ts'
import { isFresh } from '../is-fresh.ts'
import { TOKEN_REFRESH_MS } from '../limits.ts'

/**
 * A bearer token from a file, read again about each minute (not after a 401). When it cannot be read any more the last
 * good one is kept. Throws, at the start only, when the file cannot be read. Source: client-go's cached file token.
 */
export function tokenSource(file: string, now: () => number): () => Secret | undefined {
  let token = readToken(file)
  let readAt = now()
  return () => {
    // A clock that was set back must not keep an old token: it would be refused.
    if (!isFresh(readAt, now(), TOKEN_REFRESH_MS)) {
      readAt = now()
      try {
        token = readToken(file)
      } catch {
        // The last good one may still be valid; the server will say.
      }
    }
    return token
  }
}

/** undefined for an empty file: then no token is sent. */
function readToken(file: string): Secret | undefined {
  const text = readFileSync(file, 'utf8').trim()
  return text === '' ? undefined : secret(text)
}
