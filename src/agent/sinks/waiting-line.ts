import { itemsOf, type Batch } from './batch.ts'

export interface Waiting {
  readonly batch: Batch
  /** Of a batch that is delivered: it is not dropped, and what becomes of it is told. */
  readonly settled?: { resolve(): void; reject(reason: unknown): void }
}

/** The batches that wait for one sink, oldest first. */
export interface WaitingLine {
  push(next: Waiting): void
  /** The oldest; it counts until it is `done`. */
  shift(): Waiting | undefined
  done(one: Waiting): void
  /** Drops the oldest that nobody waits for, but not `spared`: gives its items; undefined: there is none. */
  dropOldest(spared?: Waiting): number | undefined
  /** Takes out all. */
  clear(): readonly Waiting[]
  readonly items: number
}

export function createWaitingLine(): WaitingLine {
  const waiting: Waiting[] = []
  let items = 0
  return {
    push(next) {
      waiting.push(next)
      items += itemsOf(next.batch)
    },
    shift: () => waiting.shift(),
    done({ batch }) {
      items -= itemsOf(batch)
    },
    dropOldest(spared) {
      const at = waiting.findIndex((one) => one.settled === undefined && one !== spared)
      const [oldest] = at < 0 ? [] : waiting.splice(at, 1)
      if (oldest === undefined) return undefined
      const dropped = itemsOf(oldest.batch)
      items -= dropped
      return dropped
    },
    clear: () => waiting.splice(0),
    get items() {
      return items
    },
  }
}
