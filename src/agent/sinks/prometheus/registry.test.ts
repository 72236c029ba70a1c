import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Series } from '../../aggregator/series.ts'
import { parseExposition } from '../../exposition.ts'
import type { Batch } from '../batch.ts'
import { createRegistry } from './registry.ts'
import { negotiate, renderSeries } from './render.ts'

const series = (
  metric: string,
  tags: readonly string[] = [],
  more: Partial<Series> = {},
): Series => ({
  metric,
  points: [[1, 1]],
  tags,
  host: 'n',
  type: 'gauge',
  interval: 0,
  source_type_name: 'System',
  ...more,
})
const batch = (source: string, ...all: Series[]): Batch => ({
  source,
  series: all,
  serviceChecks: [],
  logs: [],
})

test('a gauge that its check reports no longer is gone, another check’s stays; a counter goes after a quarter of an hour', () => {
  let now = 0
  const registry = createRegistry({ now: () => now })
  const names = (): string[] => [...registry.families().keys()]
  registry.take(batch('kubelet', series('a'), series('c', [], { type: 'count' })))
  registry.take(batch('container', series('b')))
  registry.take(batch('kubelet'))
  expect(names()).toEqual(['b', 'c'])
  now = 900_001
  registry.take(batch('kubelet'))
  expect(names()).toEqual(['b'])
})

test('more series than the limit are left out, counted; those that are there go on', () => {
  const registry = createRegistry({ now: () => 0, maxSeries: 2 })
  const many = [series('a', ['x:1']), series('a', ['x:2']), series('a', ['x:3'])]
  expect(registry.take(batch('kubelet', ...many))).toEqual({
    kept: 2,
    left: 1,
    why: 'more than 2 series',
  })
  expect(registry.take(batch('kubelet', ...many)).left).toBe(1)
  expect(registry.size).toBe(2)
})

test('one name cannot be a counter and a gauge', () => {
  const registry = createRegistry({ now: () => 0 })
  const { left, why } = registry.take(
    batch('k', series('a.b'), series('a_b', [], { type: 'count' })),
  )
  expect([left, why]).toEqual([1, 'a_b is a counter and a gauge: a_b is left out'])
})

test('tags of one key become one label, hosts keep apart, names lose what Prometheus has no sign for', () => {
  const registry = createRegistry({ now: () => 0 })
  registry.take(
    batch(
      'k',
      series('9.a-b.total', ['z:2', 'z:1', 'host:web', 'bare', 'a.b:"\\\n', '__name__:x']),
    ),
  )
  expect(renderSeries(registry, 'text').split('\n')[2]).toBe(
    '_9_a_b{a_b="\\"\\\\\\n",exported_host="web",host="n",name__="x",tag="bare",z="1,2"} 1',
  )
})

test('whatever the tags are, the page can be read, and says nothing twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.array(fc.string())), { maxLength: 8 }),
      (all) => {
        const registry = createRegistry({ now: () => 0 })
        registry.take(batch('k', ...all.map(([metric, tags]) => series(metric, tags))))
        const text = renderSeries(registry, 'text')
        parseExposition(text)
        const samples = text.split('\n').filter((line) => !line.startsWith('#') && line !== '')
        expect(new Set(samples).size).toBe(samples.length)
      },
    ),
    { numRuns: 60 },
  )
})

test.each([
  [undefined, 'text'],
  ['*/*', 'text'],
  [
    'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  ['text/plain;q=0.9,application/openmetrics-text;q=0.2', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['application/json', 'text'],
])('Accept: %s gives %s', (accept, format) => {
  expect(negotiate(accept)).toBe(format)
})
