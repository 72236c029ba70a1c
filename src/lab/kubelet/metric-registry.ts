import type { Family, Sample } from './exposition.ts'
import { goFloat } from './go-float.ts'

type Labels = Readonly<Record<string, string>>

export interface Counter {
  inc(labels?: Labels, by?: number): void
  /** The sum over all label sets. */
  total(): number
}

export interface Gauge {
  set(value: number, labels?: Labels): void
  add(by: number, labels?: Labels): void
}

export interface Histogram {
  /** In the unit of the buckets, seconds as a rule. */
  observe(value: number, labels?: Labels): void
  /** Shows the histogram without labels before the first observation, as client_golang does. */
  declare(): Histogram
}

/** The kubelet's own metrics: only what really happened is counted; a family without samples is not shown. */
export interface MetricRegistry {
  readonly counter: (name: string, help: string) => Counter
  readonly gauge: (name: string, help: string) => Gauge
  readonly histogram: (name: string, help: string, buckets: readonly number[]) => Histogram
  readonly collect: () => Family[]
}

/** client_golang's default buckets, in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

interface Series {
  readonly labels: Labels
  value: number
}

interface Distribution {
  readonly labels: Labels
  readonly counts: number[]
  sum: number
  count: number
}

export function createMetricRegistry(): MetricRegistry {
  const collectors: (() => Family)[] = []
  const plain = (type: 'counter' | 'gauge', name: string, help: string): Map<string, Series> => {
    const series = new Map<string, Series>()
    collectors.push(() => ({
      name,
      help,
      type,
      samples: [...series.values()].map((s) => ({ ...s })),
    }))
    return series
  }
  return {
    counter(name, help) {
      const series = plain('counter', name, help)
      return {
        inc: (labels = {}, by = 1) => void (entry(series, labels).value += by),
        total: () => [...series.values()].reduce((sum, s) => sum + s.value, 0),
      }
    },
    gauge(name, help) {
      const series = plain('gauge', name, help)
      return {
        set: (value, labels = {}) => void (entry(series, labels).value = value),
        add: (by, labels = {}) => void (entry(series, labels).value += by),
      }
    },
    histogram(name, help, buckets) {
      const series = new Map<string, Distribution>()
      collectors.push(() => ({ name, help, type: 'histogram', samples: flatten(series, buckets) }))
      const own: Histogram = {
        observe: (value, labels = {}) => record(series, buckets, labels, value),
        declare() {
          distribution(series, buckets, {})
          return own
        },
      }
      return own
    },
    collect: () => collectors.map((collector) => collector()),
  }
}

function keyOf(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((key) => labels[key])
    .join('\u0000')
}

function entry(series: Map<string, Series>, labels: Labels): Series {
  const key = keyOf(labels)
  const found = series.get(key) ?? { labels, value: 0 }
  series.set(key, found)
  return found
}

function distribution(
  series: Map<string, Distribution>,
  buckets: readonly number[],
  labels: Labels,
): Distribution {
  const key = keyOf(labels)
  const found = series.get(key) ?? { labels, counts: buckets.map(() => 0), sum: 0, count: 0 }
  series.set(key, found)
  return found
}

function record(
  series: Map<string, Distribution>,
  buckets: readonly number[],
  labels: Labels,
  value: number,
): void {
  const found = distribution(series, buckets, labels)
  found.sum += value
  found.count += 1
  buckets.forEach((bound, index) => {
    if (value <= bound) found.counts[index] = (found.counts[index] ?? 0) + 1
  })
}

function flatten(series: Map<string, Distribution>, buckets: readonly number[]): Sample[] {
  const sorted = [...series.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.flatMap(([, { labels, counts, sum, count }]) => [
    ...buckets.map((bound, index): Sample => {
      return { labels, suffix: '_bucket', le: goFloat(bound), value: counts[index] ?? 0 }
    }),
    { labels, suffix: '_bucket', le: '+Inf', value: count },
    { labels, suffix: '_sum', value: sum },
    { labels, suffix: '_count', value: count },
  ])
}
