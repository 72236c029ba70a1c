import { once } from 'node:events'
import { aggregatorJson } from '../../output/aggregator-json.ts'
import { itemsOf } from '../batch.ts'
import { createCounters } from '../counters.ts'
import type { Sink } from '../sink.ts'

/** Each batch as one line of JSON, in the shape of `agent check --json`: for a program at the other end of a pipe. */
export function openStdoutSink({
  now,
  stream = process.stdout,
}: {
  readonly now: () => number
  readonly stream?: NodeJS.WritableStream
}): Sink {
  const counters = createCounters(now)
  return {
    name: 'stdout',
    logs: { hasRoom: () => true },
    async take(batch, signal) {
      const { source, series, serviceChecks, logs } = batch
      const line = {
        source,
        aggregator: aggregatorJson(series, serviceChecks),
        ...(logs.length === 0 ? {} : { logs }),
      }
      if (!stream.write(JSON.stringify(line) + '\n')) await once(stream, 'drain', { signal })
      counters.sent(itemsOf(batch))
    },
    status: () => counters.report({ target: 'standard output' }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
