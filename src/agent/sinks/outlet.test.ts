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

test('a batch that is delivered waits for room, is offered until it is taken, and is never dropped', async () => {
  const taken: string[] = []
  let [room, faults] = [false, 1]
  const sink: Sink = {
    ...fastSink(taken),
    logs: { hasRoom: () => room },
    take({ source }) {
      if (source === 'logs' && faults > 0) {
        faults -= 1
        return Promise.reject(new Error('not now'))
      }
      taken.push(source)
      return Promise.resolve()
    },
  }
  await using set = createSinkSet([
    createOutlet(sink, options),
    createOutlet(fastSink([]), options),
  ])
  expect(set.takesLogs).toBe(true)
  const delivered = set.deliver(batch('logs'), new AbortController().signal)
  await turn()
  expect(taken).toEqual([])
  room = true
  await delivered
  expect(taken).toEqual(['logs'])
  expect(set.status()[0]).toMatchObject({ failed: 0, dropped: 0, lastError: 'not now' })
})

test('metrics that overflow a stuck sink take no log lines with them', async () => {
  const stuck = { ...slowSink('stuck'), logs: { hasRoom: () => true } }
  const set = createSinkSet([createOutlet(stuck, options)])
  set.accept(batch('first'))
  await turn()
  const delivered = set.deliver(batch('logs', 2), new AbortController().signal)
  for (const source of ['a', 'b', 'c']) set.accept(batch(source, 2))
  for (let step = 0; step < 3; step += 1) {
    await turn()
    stuck.go()
  }
  await delivered
  expect(stuck.taken).toContain('logs')
  await set[Symbol.asyncDispose]()
})
