import type { Batch } from './batch.ts'
import type { Outlet } from './outlet.ts'
import type { SinkStatus } from './sink.ts'

/** All sinks of an agent: one pass over the data feeds every one of them. */
export interface SinkSet extends AsyncDisposable {
  /** Hands a finished batch to all; returns at once. */
  accept(batch: Batch): void
  /**
   * Hands a batch of log lines to the sinks that take such, and resolves when all of them have it; never drops it. Rejects
   * when the signal fires first.
   */
  deliver(batch: Batch, signal: AbortSignal): Promise<void>
  /** Whether any sink takes log lines. */
  readonly takesLogs: boolean
  status(): SinkStatus[]
}

/** A sink that is slow or broken costs its own batches only. */
export function createSinkSet(outlets: readonly Outlet[]): SinkSet {
  return {
    accept(batch) {
      for (const outlet of outlets) outlet.offer(batch)
    },
    async deliver(batch, signal) {
      const takers = outlets.filter(({ takesLogs }) => takesLogs)
      await Promise.all(takers.map((outlet) => outlet.deliver(batch, signal)))
    },
    get takesLogs() {
      return outlets.some(({ takesLogs }) => takesLogs)
    },
    status: () => outlets.map((outlet) => outlet.status()),
    async [Symbol.asyncDispose]() {
      const closings = outlets.map((outlet) => outlet[Symbol.asyncDispose]())
      const results = await Promise.allSettled(closings)
      const broken = results.find((result) => result.status === 'rejected')
      if (broken) throw broken.reason
    },
  }
}
