import type { EventReference } from './reference.ts'

/** What somebody tells. */
export interface Occurrence {
  readonly about: EventReference
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** For the new style of events: what was done. */
  readonly action?: string
}

/** An occurrence as it shall be written: a new event, or one more of an event that is there. */
export interface Told {
  /** Events of one key are one object. */
  readonly key: string
  readonly message: string
}

const WINDOW_MS = 600_000
const MAX_SIMILAR = 10
const BURST = 25
const REFILL_MS = 300_000
const MAX_KEYS = 4096

/**
 * Decides what becomes of occurrences, as client-go's EventCorrelator does: the same again is counted; more than ten
 * that differ in their message only become one "combined" event; a source that tells more than 25 things of one object
 * is heard only every five minutes.
 */
export function createCorrelator(): (one: Occurrence, now: number) => Told | undefined {
  const similar = new Map<string, { messages: Set<string>; at: number }>()
  const buckets = new Map<string, { tokens: number; at: number }>()
  return (one, now) => {
    const { about, type, reason, message } = one
    const who = [about.kind, about.namespace, about.name, about.uid, about.fieldPath].join('/')
    const group = [who, type, reason].join('\n')
    const seen = similar.get(group)
    const fresh = seen !== undefined && now - seen.at < WINDOW_MS
    const entry = fresh ? seen : { messages: new Set<string>(), at: now }
    entry.at = now
    const combined = !entry.messages.has(message) && entry.messages.size + 1 >= MAX_SIMILAR
    if (!combined) entry.messages.add(message)
    remember(similar, group, entry)
    if (!takeToken(buckets, who, now)) return undefined
    return combined
      ? { key: group, message: `(combined from similar events): ${message}` }
      : { key: `${group}\n${message}`, message }
  }
}

function takeToken(
  buckets: Map<string, { tokens: number; at: number }>,
  who: string,
  now: number,
): boolean {
  const { tokens, at } = buckets.get(who) ?? { tokens: BURST, at: now }
  const filled = Math.min(BURST, tokens + (now - at) / REFILL_MS)
  const allowed = filled >= 1
  remember(buckets, who, { tokens: allowed ? filled - 1 : filled, at: now })
  return allowed
}

/** Keeps the newest; the oldest goes when there are too many. */
export function remember<V>(
  map: Map<string, V>,
  key: string,
  value: V,
  limit: number = MAX_KEYS,
): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= limit) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
