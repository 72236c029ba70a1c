import type { Series } from '../../aggregator/series.ts'
import type { Batch } from '../batch.ts'
import { PROMETHEUS_MAX_SERIES } from '../limits.ts'
import { checkAsSeries, contextOf } from '../tags.ts'
import { createTotals } from '../totals.ts'
import { familyName, labelsOf, type MetricType } from './names.ts'

export interface Sample {
  readonly family: string
  readonly type: MetricType
  /** Datadog's own name. */
  readonly metric: string
  readonly labels: string
  readonly value: number
}

/** What a scrape sees: the last value of each gauge of each source's last batch, and all counters. */
export interface Registry {
  /** Gives how many series there was no room or no name for, and why. */
  take(batch: Batch): { readonly kept: number; readonly left: number; readonly why: string }
  /** Grouped by family, in order of names. */
  families(): ReadonlyMap<string, readonly Sample[]>
  /** Grows whenever something has changed. */
  readonly version: number
  readonly size: number
}

export interface RegistryOptions {
  readonly now: () => number
  readonly maxSeries?: number
}

/** A gauge that its check did not report this time is gone at once; a counter stays for a quarter of an hour. */
export function createRegistry(options: RegistryOptions): Registry {
  const { now, maxSeries = PROMETHEUS_MAX_SERIES } = options
  const totals = createTotals(now)
  /** By source, then by family and labels. */
  const gauges = new Map<string, ReadonlyMap<string, Sample>>()
  /** By the aggregator's context. */
  const counters = new Map<string, Sample>()
  /** Names and labels of each source's last batch, by context: the next one has mostly the same. */
  const known = new Map<string, Map<string, Naming>>()
  let version = 0
  const size = (): number =>
    counters.size + [...gauges.values()].reduce((sum, samples) => sum + samples.size, 0)

  const all = (): Sample[] => [
    ...[...gauges.values()].flatMap((own) => [...own.values()]),
    ...counters.values(),
  ]
  return {
    take({ source, series, serviceChecks }) {
      for (const key of totals.expire()) counters.delete(key)
      gauges.delete(source)
      const types = new Map(all().map(({ family, type }) => [family, type]))
      const own = new Map<string, Sample>()
      const before = known.get(source)
      const namings = new Map<string, Naming>()
      let room = maxSeries - size()
      let [left, why] = [0, '']
      for (const one of [...series, ...serviceChecks.map(checkAsSeries)]) {
        const context = contextOf(one)
        const naming = before?.get(context) ?? nameOf(one)
        const sample = sampleOf(one, naming)
        const clash = (types.get(sample.family) ?? sample.type) !== sample.type
        const key = sample.family + '\u0000' + sample.labels
        const isNew = sample.type === 'counter' ? !counters.has(context) : !own.has(key)
        if (clash || (isNew && room <= 0)) {
          left += 1
          why = clash
            ? `${sample.family} is a counter and a gauge: ${one.metric} is left out`
            : `more than ${maxSeries} series`
          continue
        }
        namings.set(context, naming)
        types.set(sample.family, sample.type)
        if (isNew) room -= 1
        if (sample.type === 'gauge') own.set(key, sample)
        else counters.set(context, { ...sample, value: totals.add(one).value })
      }
      gauges.set(source, own)
      known.set(source, namings)
      version += 1
      return { kept: series.length + serviceChecks.length - left, left, why }
    },
    families: () => groupByFamily(all()),
    get version() {
      return version
    },
    get size() {
      return size()
    },
  }
}

function groupByFamily(all: readonly Sample[]): ReadonlyMap<string, readonly Sample[]> {
  const families = new Map<string, Map<string, Sample>>()
  for (const sample of all) {
    const samples = families.get(sample.family) ?? new Map<string, Sample>()
    // Two checks may report the same thing; a page must not say it twice.
    if (!samples.has(sample.labels)) samples.set(sample.labels, sample)
    families.set(sample.family, samples)
  }
  const sorted = [...families].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return new Map(sorted.map(([family, samples]) => [family, [...samples.values()]]))
}

interface Naming {
  readonly family: string
  readonly labels: string
}

const nameOf = (series: Series): Naming => ({
  family: familyName(series.metric),
  labels: labelsOf(series),
})

const sampleOf = (series: Series, { family, labels }: Naming): Sample => ({
  family,
  labels,
  type: series.type === 'count' ? 'counter' : 'gauge',
  metric: series.metric,
  value: series.points.at(-1)?.[1] ?? 0,
})
