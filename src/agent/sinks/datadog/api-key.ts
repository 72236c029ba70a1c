import { readFileSync } from 'node:fs'
import { SubletError, describeError } from '../../../core/errors.ts'
import { secret, type Secret } from '../../../core/secret.ts'
import { TOKEN_REFRESH_MS } from '../../limits.ts'

/** Where the key comes from; a file wins over nothing, the environment over a file. */
export type KeyOrigin =
  { readonly kind: 'env'; readonly key: Secret } | { readonly kind: 'file'; readonly path: string }

export interface ApiKey {
  /** The key now; a file is read again about each minute. */
  current(): Secret
  /** Reads the file at once. True when the key is another one than before: worth a second try. */
  refresh(): boolean
}

/** Throws E_CONFIG when the file cannot be read at the start, or holds what no header can carry. */
export function createApiKey(origin: KeyOrigin, now: () => number): ApiKey {
  if (origin.kind === 'env') {
    const key = checked(origin.key, 'DD_API_KEY')
    return { current: () => key, refresh: () => false }
  }
  let key = readKey(origin.path)
  let readAt = now()
  const refresh = (): boolean => {
    readAt = now()
    try {
      const found = readKey(origin.path)
      const changed = found.reveal() !== key.reveal()
      key = found
      return changed
    } catch {
      // The last good one may still be valid; the intake will say.
      return false
    }
  }
  return {
    current() {
      if (now() - readAt >= TOKEN_REFRESH_MS) refresh()
      return key
    },
    refresh,
  }
}

function readKey(path: string): Secret {
  try {
    return checked(secret(readFileSync(path, 'utf8').trim()), path)
  } catch (error) {
    if (error instanceof SubletError) throw error
    throw new SubletError('E_CONFIG', `DD_API_KEY_FILE cannot be read: ${describeError(error)}`, {
      hint: 'Name a file that holds the API key and nothing else.',
    })
  }
}

/** Never shows the key, also not in part. */
function checked(key: Secret, where: string): Secret {
  if (/^[\x21-\x7e]{1,200}$/.test(key.reveal())) return key
  throw new SubletError(
    'E_CONFIG',
    `${where} holds no API key: it is empty or has odd characters`,
    {
      hint: 'An API key has 32 hexadecimal digits.',
    },
  )
}
