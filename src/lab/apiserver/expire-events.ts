import type { Clock } from '../../core/index.ts'
import { EVENTS } from '../../kube/index.ts'
import type { Store } from './store.ts'

/** Events are news: a kube-apiserver forgets them after an hour (`--event-ttl`). */
const EVENT_TTL_MS = 3_600_000
const SWEEP_EVERY_MS = 60_000

/** Forgets old events whenever a new one comes, at most once a minute. */
export function expireEvents(store: Store, clock: Clock): void {
  let sweptAt = clock.now()
  store.follow(EVENTS, store.revision(), ({ type }) => {
    const now = clock.now()
    if (type !== 'ADDED' || now - sweptAt < SWEEP_EVERY_MS) return
    sweptAt = now
    // Not in the middle of a write: its other listeners come first.
    queueMicrotask(() => sweep(store, now - EVENT_TTL_MS))
  })
}

function sweep(store: Store, before: number): void {
  for (const { object } of store.list(EVENTS)) {
    const { namespace, name = '', creationTimestamp = '' } = object.metadata
    if (Date.parse(creationTimestamp) < before) store.remove(EVENTS, namespace, name)
  }
}
