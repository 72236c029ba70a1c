import { expect, test } from 'vitest'
import { exposition } from './exposition.ts'
import { createMetricRegistry } from './metric-registry.ts'

test('families are sorted by name, samples by label values, labels by name; empty families are left out', () => {
  const text = exposition([
    {
      name: 'b',
      help: 'B.',
      type: 'gauge',
      samples: [
        { labels: { z: '2', a: 'x' }, value: 2, at: 1700 },
        { labels: { z: '1', a: 'x' }, value: 1e6 },
      ],
    },
    { name: 'nothing', help: '', type: 'gauge', samples: [] },
    { name: 'a', help: 'A.', type: 'counter', samples: [{ labels: {}, value: 3 }] },
  ])
  expect(text).toBe(
    '# HELP a A.\n# TYPE a counter\na 3\n# HELP b B.\n# TYPE b gauge\nb{a="x",z="1"} 1e+06\nb{a="x",z="2"} 2 1700\n',
  )
})

test('quotes, backslashes and line ends in values are escaped', () => {
  const samples = [{ labels: { l: 'a"b\\c\nd' }, value: 0 }]
  expect(exposition([{ name: 'm', help: 'h', type: 'gauge', samples }])).toContain(
    'm{l="a\\"b\\\\c\\nd"} 0\n',
  )
})

test('a histogram counts into every bucket that holds the value, and shows sum and count', () => {
  const registry = createMetricRegistry()
  const histogram = registry.histogram('h_seconds', 'H.', [0.1, 1])
  histogram.observe(0.05, { op: 'b' })
  histogram.observe(0.5, { op: 'b' })
  histogram.observe(5, { op: 'a' })
  expect(exposition(registry.collect()).split('\n').slice(2, -1)).toEqual([
    'h_seconds_bucket{op="a",le="0.1"} 0',
    'h_seconds_bucket{op="a",le="1"} 0',
    'h_seconds_bucket{op="a",le="+Inf"} 1',
    'h_seconds_sum{op="a"} 5',
    'h_seconds_count{op="a"} 1',
    'h_seconds_bucket{op="b",le="0.1"} 1',
    'h_seconds_bucket{op="b",le="1"} 2',
    'h_seconds_bucket{op="b",le="+Inf"} 2',
    'h_seconds_sum{op="b"} 0.55',
    'h_seconds_count{op="b"} 2',
  ])
})

test('counters add up per label set', () => {
  const registry = createMetricRegistry()
  const counter = registry.counter('c_total', 'C.')
  counter.inc({ code: '200', method: 'GET' })
  counter.inc({ method: 'GET', code: '200' }, 2)
  counter.inc({ code: '404', method: 'GET' })
  expect(counter.total()).toBe(4)
  expect(exposition(registry.collect())).toContain('c_total{code="200",method="GET"} 3\n')
})
