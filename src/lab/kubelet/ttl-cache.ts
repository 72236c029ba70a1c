import type { Clock } from '../../core/index.ts'

/** Values that expire; bounded: the oldest entries go first. */
export interface TtlCache<V> {
  get(key: string): V | undefined
  set(key: string, value: V, ttlMs: number): void
}

export function createTtlCache<V>(options: {
  readonly maxEntries: number
  readonly clock: Clock
}): TtlCache<V> {
  const { maxEntries, clock } = options
  const entries = new Map<string, { value: V; until: number }>()
  return {
    get(key) {
      const found = entries.get(key)
      if (found && clock.now() < found.until) return found.value
      entries.delete(key)
      return undefined
    },
    set(key, value, ttlMs) {
      entries.delete(key)
      entries.set(key, { value, until: clock.now() + ttlMs })
      const oldest = entries.keys().next()
      if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value)
    },
  }
}

/** Callers with the same key at the same time share one run. */
export function createSingleFlight<V>(): (key: string, run: () => Promise<V>) => Promise<V> {
  const running = new Map<string, Promise<V>>()
  return (key, run) => {
    const known = running.get(key)
    if (known) return known
    const started = run().finally(() => running.delete(key))
    running.set(key, started)
    return started
  }
}
