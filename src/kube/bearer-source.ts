import { readFile, stat } from 'node:fs/promises'
import { SubletError, secret, systemClock, type Clock, type Secret } from '../core/index.ts'
import type { Credential } from './client.ts'

/** Gives the bearer token to send with the next request; undefined: this credential has none. */
export type BearerSource = () => Promise<Secret | undefined>

/** A token file is looked at no more often than this, in milliseconds. */
const LOOK_EVERY = 1000
const MAX_TOKEN_BYTES = 64 * 1024
/** What may stand in a header: a token with anything else (a line break, a space) is a mistake. */
const TOKEN = /^[\x21-\x7e]+$/

/** The bearer side of a credential. Client certificates are the transport's business. */
export function bearerSource(credential: Credential, clock: Clock = systemClock): BearerSource {
  switch (credential.kind) {
    case 'none':
    case 'certificate':
      return () => Promise.resolve(undefined)
    case 'token': {
      const token = cleanToken(credential.token.reveal(), 'the token of this client')
      return () => Promise.resolve(token)
    }
    case 'token-file':
      return tokenFileSource(credential.path, clock)
  }
}

/**
 * Reads a token file again when its time, size or inode changed (Kubernetes swaps a symlink). While a new file cannot
 * be read or holds no token, the last good token is used. Throws E_INPUT when there never was one.
 */
function tokenFileSource(path: string, clock: Clock): BearerSource {
  let last: Secret | undefined
  let stamp = ''
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined

  const look = async (): Promise<void> => {
    const info = await stat(path)
    const now = `${info.ino}:${info.mtimeMs}:${info.size}`
    if (now === stamp) return
    if (info.size > MAX_TOKEN_BYTES) throw new SubletError('E_INPUT', `${path} is too large`)
    last = cleanToken(await readFile(path, 'utf8'), path)
    stamp = now
  }

  return async () => {
    const due = clock.now() - lookedAt >= LOOK_EVERY
    if (due || last === undefined) {
      looking ??= look().finally(() => {
        lookedAt = clock.now()
        looking = undefined
      })
      try {
        await looking
      } catch (cause) {
        if (last === undefined) {
          throw new SubletError('E_INPUT', `no token could be read from ${path}`, { cause })
        }
      }
    }
    return last
  }
}

function cleanToken(text: string, where: string): Secret {
  const token = text.trim()
  if (!TOKEN.test(token)) throw new SubletError('E_INPUT', `${where} is empty or not a token`)
  return secret(token)
}
