import { STORAGE_ENTRY_BYTES } from '../limits.ts'
import type { PayloadKind } from './payload.ts'
import type { StoredEntry } from './payload-store.ts'

export type Place = 'disk' | 'memory'

/** Where a body is: `body` is undefined when it is on disk only. */
export interface Slot {
  readonly entry: StoredEntry
  readonly body: Buffer | undefined
}

/** Which bodies wait, where, and who may be taken next. No input, no output. */
export interface PayloadIndex {
  add(slot: Slot): void
  get(id: number): Slot | undefined
  /** False when it was gone already. */
  remove(id: number): boolean
  /** The newest of these kinds that nobody has taken. */
  takeNewest(fits: (kind: PayloadKind) => boolean): StoredEntry | undefined
  release(id: number): void
  /** Removes the oldest until `cost` more fits under `limit`; leaves those that are taken. */
  evict(place: Place, cost: number, limit: number): Slot[]
  readonly size: number
  readonly items: number
  /** Each body counts with its entry's own bytes. */
  readonly used: Readonly<Record<Place, number>>
}

/** What a body takes of a limit. */
export const costOf = (entry: StoredEntry): number => entry.bytes + STORAGE_ENTRY_BYTES

const placeOf = (slot: Slot): Place => (slot.body ? 'memory' : 'disk')

export function createPayloadIndex(): PayloadIndex {
  /** By id, in the order in which they came. */
  const slots = new Map<number, Slot>()
  const taken = new Set<number>()
  /** Ids that may be taken, oldest first; may name some that are gone. */
  const free: Record<PayloadKind, number[]> = { series: [], check_run: [], logs: [] }
  const used: Record<Place, number> = { disk: 0, memory: 0 }
  let items = 0

  const remove = (id: number): boolean => {
    const slot = slots.get(id)
    if (!slot) return false
    slots.delete(id)
    taken.delete(id)
    used[placeOf(slot)] -= costOf(slot.entry)
    items -= slot.entry.items
    const kind = slot.entry.kind
    if (free[kind].length > 2 * slots.size + 64)
      free[kind] = free[kind].filter((one) => slots.has(one))
    return true
  }
  return {
    add(slot) {
      slots.set(slot.entry.id, slot)
      free[slot.entry.kind].push(slot.entry.id)
      used[placeOf(slot)] += costOf(slot.entry)
      items += slot.entry.items
    },
    get: (id) => slots.get(id),
    remove,
    takeNewest(fits) {
      const kinds = (Object.keys(free) as PayloadKind[]).filter(fits)
      const newest = Math.max(...kinds.map((kind) => newestOf(free[kind], slots)))
      const slot = slots.get(newest)
      if (!slot) return undefined
      free[slot.entry.kind].pop()
      taken.add(newest)
      return slot.entry
    },
    release(id) {
      const slot = slots.get(id)
      if (!slot || !taken.delete(id)) return
      putBack(free[slot.entry.kind], id)
    },
    evict(place, cost, limit) {
      const gone: Slot[] = []
      for (const slot of slots.values()) {
        if (used[place] + cost <= limit) break
        if (placeOf(slot) !== place || taken.has(slot.entry.id)) continue
        remove(slot.entry.id)
        gone.push(slot)
      }
      return gone
    },
    get size() {
      return slots.size
    },
    get items() {
      return items
    },
    used,
  }
}

/** The last id that is still there, or -1; forgets those that are gone. */
function newestOf(ids: number[], slots: ReadonlyMap<number, Slot>): number {
  while (ids.length > 0 && !slots.has(ids.at(-1) ?? -1)) ids.pop()
  return ids.at(-1) ?? -1
}

/** Into its place among the ids: only what came while it was away is newer, a few at most. */
function putBack(ids: number[], id: number): void {
  let at = ids.length
  while (at > 0 && (ids[at - 1] ?? 0) > id) at -= 1
  ids.splice(at, 0, id)
}
