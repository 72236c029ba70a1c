import type { Clock } from '../core/index.ts'

/** What to remember of an answer: for how long; 0: not at all. */
export interface Lifetime<V> {
  readonly value: V
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** A bounded memory of answers. Who asks for the same key at the same time shares one question. */
export interface TtlCache<V> {
  /** The remembered answer, or the one that `ask` gives (its error is everyone's who waits, and is not remembered). */
  get(key: string, ask: () => Promise<Lifetime<V>>): Promise<V>
  /** Questions under way. */
  readonly pending: number
  readonly size: number
  has(key: string): boolean
}

/** Is told what a cache saves and what its questions cost. */
export interface CacheObserver {
  /** `shared`: somebody else is asking the same already. */
  looked(result: 'hit' | 'shared' | 'miss'): void
  asked(milliseconds: number, result: 'answered' | 'failed'): void
}

export function createTtlCache<V>(options: {
  maxEntries: number
  clock: Clock
  observe?: CacheObserver | undefined
}): TtlCache<V> {
  const { maxEntries, clock, observe } = options
  const entries = new Map<string, Lifetime<V> & { readonly since: number }>()
  const pending = new Map<string, Promise<V>>()

  const remembered = (key: string): Lifetime<V> | undefined => {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    const now = clock.now()
    // A clock that was set back would make it live longer than it may.
    if (entry.since <= now && now < entry.expiresAt) return entry
    entries.delete(key)
    return undefined
  }
  const ask = async (key: string, question: () => Promise<Lifetime<V>>): Promise<V> => {
    const start = clock.now()
    let result: 'answered' | 'failed' = 'failed'
    try {
      const answer = await question()
      result = 'answered'
      const since = clock.now()
      if (since < answer.expiresAt) {
        entries.delete(key)
        if (entries.size >= maxEntries) forgetOldest(entries)
        entries.set(key, { ...answer, since })
      }
      return answer.value
    } finally {
      pending.delete(key)
      observe?.asked(clock.now() - start, result)
    }
  }

  return {
    get(key, question) {
      const entry = remembered(key)
      const running = entry === undefined ? pending.get(key) : undefined
      observe?.looked(entry !== undefined ? 'hit' : running !== undefined ? 'shared' : 'miss')
      if (entry !== undefined) return Promise.resolve(entry.value)
      if (running !== undefined) return running
      const asked = ask(key, question)
      pending.set(key, asked)
      return asked
    },
    get pending() {
      return pending.size
    },
    get size() {
      return entries.size
    },
    has: (key) => remembered(key) !== undefined || pending.has(key),
  }
}

function forgetOldest(entries: Map<string, unknown>): void {
  for (const key of entries.keys()) {
    entries.delete(key)
    return
  }
}
