import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallType } from './metric.ts'
import { createSampler } from './sampler.ts'
import { createSender, withTags } from './sender.ts'

const T = 1_768_210_205_000

/** Values by run (one value, none, or several), 10 s apart; what each commit flushes. */
function flushes(
  call: CallType,
  ...runs: (number | number[] | undefined)[]
): (number | undefined)[] {
  const sampler = createSampler('node-1')
  return runs.map((values, index) => {
    const at = T + index * 10_000
    const all = values === undefined ? [] : Array.isArray(values) ? values : [values]
    for (const value of all) sampler.add(call, 'm', value, [], at)
    return sampler.commit(at)[0]?.points[0]?.[1]
  })
}

describe('what is flushed', () => {
  test.each<[string, CallType, Parameters<typeof flushes>[1][], (number | undefined)[]]>([
    ['a gauge sends its last value', 'gauge', [[1, 2], undefined, 3], [2, undefined, 3]],
    ['a rate needs two samples', 'rate', [100, 150, 150], [undefined, 5, 0]],
    [
      'a rate drops a counter reset and goes on from there',
      'rate',
      [100, 10, 30],
      [undefined, undefined, 2],
    ],
    [
      'a rate waits over a run without a sample',
      'rate',
      [100, undefined, 200],
      [undefined, undefined, 5],
    ],
    ['a rate sampled twice at the same time is dropped', 'rate', [[100, 200]], [undefined]],
    ['a monotonic count sends differences', 'monotonic_count', [7, 9, 9], [undefined, 2, 0]],
    [
      'a monotonic count takes a reset for no difference',
      'monotonic_count',
      [7, 2, 5],
      [undefined, 0, 3],
    ],
    [
      'a count sends the sum since the last commit',
      'count',
      [[1, 2], undefined, 4],
      [3, undefined, 4],
    ],
  ])('%s', (_, call, runs, expected) => {
    expect(flushes(call, ...runs)).toEqual(expected)
  })

  test('what is no number, or infinite, is not kept', () => {
    expect(flushes('gauge', NaN, Infinity, -Infinity)).toEqual([undefined, undefined, undefined])
    expect(flushes('rate', 1, NaN, 21)).toEqual([undefined, undefined, 1])
  })

  test('the rate of a counter past 2^53 is right to 20 nanocores', () => {
    const start = 2 ** 60
    const [, rate = 0] = flushes('rate', start, start + 1_500_000_000)
    expect(Math.abs(rate - 150_000_000)).toBeLessThan(20)
  })
})

test('rates and gauges are gauges on the wire, counts are counts', () => {
  const sampler = createSampler('node-1')
  for (const call of ['gauge', 'rate', 'monotonic_count', 'count'] as const) {
    sampler.add(call, call, 1, ['b:2', 'a:1', 'b:2'], T)
    sampler.add(call, call, 3, ['a:1', 'b:2'], T + 1000)
  }
  expect(sampler.commit(T + 1000)).toEqual([
    expect.objectContaining({
      metric: 'gauge',
      type: 'gauge',
      points: [[1_768_210_206, 3]],
      tags: ['a:1', 'b:2'],
    }),
    expect.objectContaining({ metric: 'rate', type: 'gauge', points: [[1_768_210_206, 2]] }),
    expect.objectContaining({
      metric: 'monotonic_count',
      type: 'count',
      points: [[1_768_210_206, 2]],
    }),
    expect.objectContaining({
      metric: 'count',
      type: 'count',
      points: [[1_768_210_206, 4]],
      host: 'node-1',
      interval: 0,
      source_type_name: 'System',
    }),
  ])
})

test('the order of tags does not matter, their values do', () => {
  const sampler = createSampler('h')
  sampler.add('gauge', 'm', 1, ['a:1', 'b:2'], T)
  sampler.add('gauge', 'm', 2, ['b:2', 'a:1'], T)
  sampler.add('gauge', 'm', 3, ['a:1'], T)
  expect(sampler.commit(T).map(({ points }) => points[0]?.[1])).toEqual([2, 3])
})

test('a counter that is gone is forgotten after a quarter of an hour', () => {
  const sampler = createSampler('h')
  sampler.add('rate', 'm', 1, [], T)
  sampler.add('gauge', 'g', 1, [], T)
  sampler.commit(T)
  expect(sampler.size).toBe(1)
  sampler.commit(T + 901_000)
  expect(sampler.size).toBe(0)
})

test('every call counts as a sample, also one of which nothing comes', () => {
  const sender = createSender(createSampler('h'), 'h', () => T)
  const tagged = withTags(sender, ['i:1'])
  tagged.metric('rate', 'm', 1, [])
  tagged.metric('gauge', 'm', NaN, [])
  tagged.serviceCheck('c', 2, ['i:1', 'x:y'], 'broken')
  expect(sender.metricSamples).toBe(2)
  expect(sender.serviceChecks).toEqual([
    {
      check: 'c',
      host_name: 'h',
      timestamp: 1_768_210_205,
      status: 2,
      message: 'broken',
      tags: ['i:1', 'x:y'],
    },
  ])
})

test('whatever order samples come in, and however long they stay away, each goes to its own series', () => {
  const lists = [['a:1'], ['b:2'], ['a:1', 'b:2'], ['b:2', 'a:1']]
  const sample = fc.record({
    call: fc.constantFrom<CallType>('gauge', 'rate', 'count', 'monotonic_count'),
    name: fc.constantFrom('one', 'two', 'three'),
    list: fc.constantFrom(...lists),
    value: fc.nat(100),
  })
  const run = fc.record({
    samples: fc.array(sample),
    gap: fc.constantFrom(10_000, 61_000, 901_000),
    like: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(run), (runs) => {
      const known = createSampler('node-1')
      // Lists that are new each time are not known again.
      const unknown = createSampler('node-1')
      let at = T
      let last: readonly (typeof runs)[number]['samples'][number][] = []
      for (const { samples, gap, like } of runs) {
        at += gap
        last = like ? last : samples
        for (const { call, name, list, value } of last) {
          known.add(call, name, value, list, at)
          unknown.add(call, name, value, [...list], at)
        }
        expect(known.commit(at)).toEqual(unknown.commit(at))
        expect(known.size).toBe(unknown.size)
      }
    }),
  )
})
