import { readFile, stat } from 'node:fs/promises'
import { describeError, SubletError, type Clock, type Logger } from '../core/index.ts'
import { createKubeClient, parseJwks, type VerificationKey } from '../kube/index.ts'
import type { TenantConfig } from './config.ts'
import { LIMITS } from './limits.ts'
import { publicKeyFingerprint } from './public-key-fingerprint.ts'

/** The public keys that one tenant's API server signs tokens with. */
export interface TenantKeys extends AsyncDisposable {
  /** Looks whether they changed, if it is time; never throws. `wanted`: a key id that was not found. */
  refresh(wanted?: string): Promise<void>
  /** They were looked at lately enough: `refresh` would do nothing. */
  readonly isFresh: boolean
  /** Others than the tenant's own callers need not wait for a look: it was asked before, and may be slow to answer. */
  readonly mayLag: boolean
  /** The keys of the last good look, the same list as long as they are the same; none before the first. */
  readonly current: readonly VerificationKey[]
}

export interface TenantKeysOptions {
  readonly tenant: TenantConfig
  /** PEM of the authority of the tenant's API server. */
  readonly ca: string | undefined
  readonly clock: Clock
  readonly log: Logger
}

export function createTenantKeys(options: TenantKeysOptions): TenantKeys {
  const { keys } = options.tenant
  switch (keys.kind) {
    case 'file':
      return keysOfFile(keys.path, options)
    case 'url':
      return keysOfUrl(keys, options)
    case 'inline':
      return keysGiven(keys.jwks, options)
  }
}

/** Keys that discovery read; when they change, so does the tenant. */
function keysGiven(jwks: string, options: TenantKeysOptions): TenantKeys {
  let given: string | undefined = jwks
  return createKeys(options, () => LIMITS.keyUrlRetryMs, {
    load() {
      if (given === undefined || given === '') return Promise.resolve(undefined)
      const keys = parse(given, `the keys of ${options.tenant.name}`)
      given = undefined
      return Promise.resolve(keys)
    },
    close: () => Promise.resolve(),
  })
}

function keysOfFile(path: string, options: TenantKeysOptions): TenantKeys {
  let stamp = ''
  return createKeys(options, () => LIMITS.keyFileLookMs, {
    async load() {
      const info = await stat(path)
      const now = `${info.ino}:${info.mtimeMs}:${info.size}`
      if (now === stamp) return undefined
      if (info.size > LIMITS.jwksBytes) throw new SubletError('E_TOO_LARGE', `${path} is too large`)
      const keys = parse(await readFile(path, 'utf8'), path)
      stamp = now
      return keys
    },
    close: () => Promise.resolve(),
  })
}

function keysOfUrl(
  keys: Extract<TenantConfig['keys'], { kind: 'url' }>,
  options: TenantKeysOptions,
): TenantKeys {
  const url = new URL(keys.url)
  const client = createKubeClient({
    server: url.origin,
    ca: options.ca,
    credential: keys.tokenFile ? { kind: 'token-file', path: keys.tokenFile } : { kind: 'none' },
    timeoutMs: LIMITS.reviewTimeoutMs,
    userAgent: 'sublet-gateway',
  })
  const every = (wanted: boolean): number =>
    wanted ? LIMITS.keyUrlRetryMs : LIMITS.keyUrlRefreshMs
  return createKeys(options, every, {
    async load() {
      const answer = await client.raw('GET', url.pathname, {
        headers: { accept: 'application/jwk-set+json, application/json' },
        maxBytes: LIMITS.jwksBytes,
      })
      if (answer.status !== 200) {
        throw new SubletError('E_HTTP', `${keys.url} answered with ${answer.status}`)
      }
      return parse(answer.body.toString('utf8'), keys.url)
    },
    close: async () => {
      await client[Symbol.asyncDispose]()
    },
  })
}

interface Source {
  /** The keys; undefined: as before. */
  load(): Promise<readonly VerificationKey[] | undefined>
  close(): Promise<void>
}

function createKeys(
  { tenant, clock, log }: TenantKeysOptions,
  every: (wanted: boolean) => number,
  source: Source,
): TenantKeys {
  let current: readonly VerificationKey[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  let lastFault = ''

  const look = async (): Promise<void> => {
    try {
      const loaded = (await source.load()) ?? current
      if (!areSame(loaded, current)) current = loaded
      lastFault = ''
    } catch (error) {
      // The last good keys stay in use; the same fault is told once.
      const fault = describeError(error)
      if (fault !== lastFault) log.error({ tenant: tenant.name, fault }, 'keys cannot be read')
      lastFault = fault
    } finally {
      lookedAt = clock.now()
      looking = undefined
    }
  }

  const isFreshFor = (ms: number): boolean => {
    const age = clock.now() - lookedAt
    // Below zero: the clock was set back.
    return age >= 0 && age < ms
  }

  return {
    get current() {
      return current
    },
    get isFresh() {
      return isFreshFor(every(current.length === 0))
    },
    get mayLag() {
      return tenant.keys.kind === 'url' && lookedAt !== Number.NEGATIVE_INFINITY
    },
    async refresh(wanted) {
      const isWanted = wanted !== undefined && !current.some(({ kid }) => kid === wanted)
      if (isFreshFor(every(isWanted || current.length === 0))) return
      looking ??= look()
      await looking
    },
    [Symbol.asyncDispose]: () => source.close(),
  }
}

function areSame(some: readonly VerificationKey[], others: readonly VerificationKey[]): boolean {
  const name = (key: VerificationKey): string => `${key.kid} ${publicKeyFingerprint(key)}`
  return (
    some.length === others.length &&
    some.every((key, i) => {
      const other = others[i]
      return other !== undefined && name(key) === name(other)
    })
  )
}

function parse(text: string, where: string): readonly VerificationKey[] {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    throw new SubletError('E_INPUT', `${where} is not JSON`, { cause })
  }
  const keys = parseJwks(document)
  if (keys.length === 0) throw new SubletError('E_INPUT', `${where} has no usable key`)
  return keys
}
