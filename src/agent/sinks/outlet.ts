import type { AgentLog } from '../log.ts'
import { itemsOf, type Batch } from './batch.ts'
import { OUTLET_MAX_ITEMS, STOP_TIMEOUT_MS } from './limits.ts'
import type { Sink, SinkStatus } from './sink.ts'
import { timeLimit } from './time-limit.ts'

/** One sink behind a bounded queue of its own: offering never waits and never throws. */
export interface Outlet extends AsyncDisposable {
  offer(batch: Batch): void
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
  const waiting: Batch[] = []
  const stop = new AbortController()
  let [queuedItems, dropped, failed] = [0, 0, 0]
  let [lastError, lastErrorAt] = ['', 0]
  let running: Promise<void> | undefined
  let closed: Promise<void> | undefined

  const dropOldest = (): void => {
    const items = itemsOf(waiting.shift() ?? NOTHING)
    queuedItems -= items
    dropped += items
    ;[lastError, lastErrorAt] = [`the sink is too slow: ${dropped} items dropped so far`, now()]
  }
  const run = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const items = itemsOf(batch)
      try {
        await sink.take(batch, stop.signal)
      } catch (error) {
        failed += items
        ;[lastError, lastErrorAt] = [error instanceof Error ? error.message : String(error), now()]
        log.warn(where, `${items} items of ${batch.source} are lost: ${lastError}`)
      }
      queuedItems -= items
    }
    running = undefined
  }
  const close = async (): Promise<void> => {
    await timeLimit(running, stopTimeoutMs)
    while (waiting.length > 0) dropOldest()
    stop.abort()
    await timeLimit(running, stopTimeoutMs)
    await sink[Symbol.asyncDispose]()
  }
  return {
    offer(batch) {
      const items = itemsOf(batch)
      if (closed) return
      waiting.push(batch)
      queuedItems += items
      while (queuedItems > maxItems && waiting.length > 1) dropOldest()
      // One turn later: taking may compute, and the checks go first.
      running ??= Promise.resolve().then(run)
    },
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

const NOTHING: Batch = { source: '', series: [], serviceChecks: [], logs: [] }
