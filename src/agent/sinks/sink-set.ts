import type { Batch } from './batch.ts'
import type { Outlet } from './outlet.ts'
import type { SinkStatus } from './sink.ts'

/** All sinks of an agent: one pass over the data feeds every one of them. */
export interface SinkSet extends AsyncDisposable {
  /** Hands a finished batch to all; returns at once. */
  accept(batch: Batch): void
  status(): SinkStatus[]
}

/** A sink that is slow or broken costs its own batches only. */
export function createSinkSet(outlets: readonly Outlet[]): SinkSet {
  return {
    accept(batch) {
      for (const outlet of outlets) outlet.offer(batch)
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
