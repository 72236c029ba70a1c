import type { AgentLog } from '../log.ts'
import { itemsOf, type Batch } from './batch.ts'
import { deliverPatiently } from './deliver.ts'
import { OUTLET_MAX_ITEMS, STOP_TIMEOUT_MS } from './limits.ts'
import type { Sink, SinkStatus } from './sink.ts'
import { timeLimit } from './time-limit.ts'
import { createWaitingLine, type Waiting } from './waiting-line.ts'

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
  const line = createWaitingLine()
  const stop = new AbortController()
  let [dropped, failed] = [0, 0]
  let [lastError, lastErrorAt] = ['', 0]
  let running: Promise<void> | undefined
  let closed: Promise<void> | undefined

  const trouble = (text: string): void => {
    ;[lastError, lastErrorAt] = [text, now()]
  }
  /** False when all that wait are waited for. */
  const dropOldest = (spared?: Waiting): boolean => {
    const items = line.dropOldest(spared)
    if (items === undefined) return false
    dropped += items
    trouble(`the sink is too slow: ${dropped} items dropped so far`)
    return true
  }
  const run = async (): Promise<void> => {
    for (let next = line.shift(); next !== undefined; next = line.shift()) {
      const error = await give(sink, next, stop.signal)
      if (error !== undefined) trouble(error)
      if (error !== undefined && !next.settled) {
        failed += itemsOf(next.batch)
        log.warn(where, `${itemsOf(next.batch)} items of ${next.batch.source} are lost: ${error}`)
      }
      line.done(next)
    }
    running = undefined
  }
  const enqueue = (next: Waiting): void => {
    line.push(next)
    while (line.items > maxItems && dropOldest(next));
    // One turn later: taking may compute, and the checks go first.
    running ??= Promise.resolve().then(run)
  }
  const close = async (): Promise<void> => {
    await timeLimit(running, stopTimeoutMs)
    while (dropOldest());
    for (const { settled } of line.clear()) settled?.reject(new Error('the agent was stopped'))
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
    status: () => added(sink, { lastError, lastErrorAt, failed, dropped, queuedItems: line.items }),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  }
}

/** Gives the error's text when the sink did not take it; who waits for it is told. */
async function give(
  sink: Sink,
  { batch, settled }: Waiting,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await sink.take(batch, signal)
    settled?.resolve()
    return undefined
  } catch (error) {
    settled?.reject(error)
    return error instanceof Error ? error.message : String(error)
  }
}

type OwnStatus = Pick<
  SinkStatus,
  'lastError' | 'lastErrorAt' | 'failed' | 'dropped' | 'queuedItems'
>

/** The sink's status and the outlet's in one. */
function added(
  sink: Sink,
  { lastError, lastErrorAt, failed, dropped, queuedItems }: OwnStatus,
): SinkStatus {
  const own = sink.status()
  return {
    ...own,
    ...(lastErrorAt > own.lastErrorAt ? { lastError, lastErrorAt } : {}),
    name: sink.name,
    failed: own.failed + failed,
    dropped: own.dropped + dropped,
    queuedItems: own.queuedItems + queuedItems,
  }
}
