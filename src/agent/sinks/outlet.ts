import type { AgentLog } from '../log.ts'
import { itemsOf, type Batch } from './batch.ts'
import { deliverPatiently } from './deliver.ts'
import { OUTLET_MAX_ITEMS, STOP_TIMEOUT_MS } from './limits.ts'
import type { Sink, SinkStatus } from './sink.ts'
import { timeLimit } from './time-limit.ts'

/** One sink behind a bounded queue of its own: offering never waits and never throws. */
export interface Outlet extends AsyncDisposable {
  offer(batch: Batch): void
  /** Waits until the sink has room, offers the batch until it is taken, and never drops it. Rejects with the signal. */
  deliver(batch: Batch, signal: AbortSignal): Promise<void>
  readonly takesLogs: boolean
  status(): SinkStatus
}

export interface OutletOptions {
  readonly log: AgentLog
  readonly now: () => number
  readonly maxItems?: number
  /** How long what waits may take when the outlet is closed, in milliseconds. */
  readonly stopTimeoutMs?: number
}

/** Feeds the sink one batch after the other. When more waits than the queue holds, the oldest batch goes, counted. */
export function createOutlet(sink: Sink, options: OutletOptions): Outlet {
  const { log, now, maxItems = OUTLET_MAX_ITEMS, stopTimeoutMs = STOP_TIMEOUT_MS } = options
  const where = `agent/sinks/${sink.name}`
  const waiting: Waiting[] = []
  const stop = new AbortController()
  let [queuedItems, dropped, failed] = [0, 0, 0]
  let [lastError, lastErrorAt] = ['', 0]
  let running: Promise<void> | undefined
  let closed: Promise<void> | undefined

  const trouble = (text: string): void => {
    ;[lastError, lastErrorAt] = [text, now()]
  }
  /** A batch that somebody waits for stays. */
  const dropOldest = (among: readonly Waiting[] = waiting): boolean => {
    const oldest = among.find(({ settled }) => settled === undefined)
    if (oldest === undefined) return false
    waiting.splice(waiting.indexOf(oldest), 1)
    const items = itemsOf(oldest.batch)
    queuedItems -= items
    dropped += items
    trouble(`the sink is too slow: ${dropped} items dropped so far`)
    return true
  }
  const run = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { batch, settled } = next
      const items = itemsOf(batch)
      try {
        await sink.take(batch, stop.signal)
        settled?.resolve()
      } catch (error) {
        trouble(error instanceof Error ? error.message : String(error))
        if (settled) settled.reject(error)
        else {
          failed += items
          log.warn(where, `${items} items of ${batch.source} are lost: ${lastError}`)
        }
      }
      queuedItems -= items
    }
    running = undefined
  }
  const enqueue = (next: Waiting): void => {
    waiting.push(next)
    queuedItems += itemsOf(next.batch)
    while (queuedItems > maxItems && dropOldest(waiting.slice(0, -1)));
    // One turn later: taking may compute, and the checks go first.
    running ??= Promise.resolve().then(run)
  }
  const close = async (): Promise<void> => {
    await timeLimit(running, stopTimeoutMs)
    while (dropOldest());
    for (const { settled } of waiting.splice(0)) settled?.reject(new Error('the agent was stopped'))
    stop.abort()
    await timeLimit(running, stopTimeoutMs)
    await sink[Symbol.asyncDispose]()
  }
  return {
    offer(batch) {
      if (!closed) enqueue({ batch })
    },
    deliver: (batch, signal) =>
      deliverPatiently({ hasRoom: () => sink.logs?.hasRoom() ?? true, signal }, () => {
        if (closed) return Promise.reject(new Error('the agent was stopped'))
        return new Promise<void>((resolve, reject) => {
          enqueue({ batch, settled: { resolve, reject } })
        })
      }),
    takesLogs: sink.logs !== undefined,
    status: () => {
      const own = sink.status()
      const error = lastErrorAt > own.lastErrorAt ? { lastError, lastErrorAt } : {}
      const lost = { failed: own.failed + failed, dropped: own.dropped + dropped }
      const waits = own.queuedItems + queuedItems
      return { ...own, ...error, ...lost, name: sink.name, queuedItems: waits }
    },
    [Symbol.asyncDispose]: () => (closed ??= close()),
  }
}

interface Waiting {
  readonly batch: Batch
  /** Of a batch that is delivered: it is not dropped, and what becomes of it is told. */
  readonly settled?: { resolve(): void; reject(reason: unknown): void }
}
