import { expect, test } from 'vitest'
import { createAgentLog } from '../log.ts'
import type { Batch } from './batch.ts'
import { createCounters } from './counters.ts'
import { createOutlet } from './outlet.ts'
import type { Sink } from './sink.ts'
import { createSinkSet } from './sink-set.ts'

const batch = (source: string, items = 1): Batch => ({
  source,
  series: [],
  serviceChecks: Array.from({ length: items }, () => ({
    check: 'c',
    host_name: 'n',
    timestamp: 1,
    status: 0,
    message: '',
    tags: [],
  })),
  logs: [],
})

const log = createAgentLog('off')
const options = { log, now: () => 1_000, maxItems: 3, stopTimeoutMs: 10 }

/** Takes a batch when it is told to. */
function slowSink(name: string): Sink & { taken: string[]; go: () => void } {
  const counters = createCounters(() => 1_000)
  const taken: string[] = []
  let release: (() => void) | undefined
  return {
    name,
    taken,
    go: () => release?.(),
    async take({ source }, signal) {
      taken.push(source)
      await new Promise<void>((resolve) => {
        release = resolve
        signal.addEventListener('abort', () => resolve())
      })
      counters.sent(1)
    },
    status: () => counters.report({ target: '' }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

const fastSink = (taken: string[]): Sink => ({
  name: 'fast',
  take({ source }) {
    taken.push(source)
    return Promise.resolve()
  },
  status: () => createCounters(() => 0).report({ target: '' }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a slow sink holds up nobody and loses its oldest batches, counted', async () => {
  const slow = slowSink('slow')
  const fast: string[] = []
  await using sinks = createSinkSet([
    createOutlet(slow, options),
    createOutlet(fastSink(fast), options),
  ])
  for (const source of ['a', 'b', 'c', 'd', 'e']) {
    sinks.accept(batch(source))
    await turn()
  }
  expect(fast).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(slow.taken).toEqual(['a'])
  expect(sinks.status()[0]).toMatchObject({ name: 'slow', dropped: 2, queuedItems: 3 })
  expect(sinks.status()[0]?.lastError).toBe('the sink is too slow: 2 items dropped so far')
  slow.go()
  await turn()
  expect(slow.taken).toEqual(['a', 'd'])
})

test('a sink that throws loses that batch only, and goes on', async () => {
  const taken: string[] = []
  const sink: Sink = {
    ...fastSink(taken),
    take({ source }) {
      taken.push(source)
      return source === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve()
    },
  }
  await using outlet = createOutlet(sink, options)
  outlet.offer(batch('bad', 2))
  outlet.offer(batch('good'))
  await turn()
  expect(taken).toEqual(['bad', 'good'])
  expect(outlet.status()).toMatchObject({ failed: 2, dropped: 0, queuedItems: 0, lastError: 'no' })
})

test('what a stopping agent cannot get rid of in time is counted as dropped', async () => {
  const slow = slowSink('slow')
  const outlet = createOutlet(slow, options)
  outlet.offer(batch('a'))
  await turn()
  outlet.offer(batch('b'))
  await outlet[Symbol.asyncDispose]()
  await outlet[Symbol.asyncDispose]()
  outlet.offer(batch('c'))
  expect(outlet.status()).toMatchObject({ sent: 1, dropped: 1, queuedItems: 0 })
})
