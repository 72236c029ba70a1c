import { ValueType } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Series } from '../../aggregator/series.ts'
import { tagsByKey } from '../tags.ts'
import type { Totals } from '../totals.ts'

export type Temporality = 'cumulative' | 'delta'

export interface ConvertOptions {
  readonly resource: Resource
  readonly version: string
  readonly temporality: Temporality
  /** Sums since the start, for cumulative counters. */
  readonly totals: Totals
  /** The host that the resource names already. */
  readonly host: string
}

type Point = MetricData['dataPoints'][number] & { readonly value: number }
type HrTime = [number, number]

const fromSeconds = (seconds: number): HrTime => [seconds, 0]
const fromMs = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1e6]

/**
 * Series under their own names: gauges as gauges, counts as monotonic sums. Tags become attributes, a key that comes more
 * than once a list. The values are already aggregated, so they go to the exporter as what a reader would have collected.
 */
export function toResourceMetrics(
  series: readonly Series[],
  options: ConvertOptions,
): ResourceMetrics {
  const metrics = new Map<string, { metric: MetricData; points: Point[] }>()
  for (const one of series) {
    const key = `${one.type}\u0000${one.metric}`
    let found = metrics.get(key)
    if (!found) {
      const points: Point[] = []
      found = { metric: newMetric(one, points, options.temporality), points }
      metrics.set(key, found)
    }
    found.points.push(toPoint(one, options))
  }
  const scope = { name: 'sublet-agent', version: options.version }
  const all = [...metrics.values()].map(({ metric }) => metric)
  return { resource: options.resource, scopeMetrics: [{ scope, metrics: all }] }
}

function newMetric(
  { metric, type }: Series,
  points: Point[],
  temporality: Temporality,
): MetricData {
  const aggregationTemporality =
    temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
  // Units are Datadog's metadata, which the checks do not have.
  const descriptor = { name: metric, description: '', unit: '', valueType: ValueType.DOUBLE }
  return type === 'count'
    ? {
        descriptor,
        aggregationTemporality,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: points,
      }
    : { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints: points }
}

function toPoint(series: Series, { temporality, totals, host }: ConvertOptions): Point {
  const [at, value] = series.points.at(-1) ?? [0, 0]
  const attributes: Record<string, string | string[]> = {}
  for (const [key, [first = '', ...more]] of tagsByKey(series.tags)) {
    attributes[key] = more.length === 0 ? first : [first, ...more]
  }
  if (series.host !== host) attributes['host.name'] = series.host
  const endTime = fromSeconds(at)
  if (series.type !== 'count') return { attributes, startTime: endTime, endTime, value }
  const total = totals.add(series)
  const startTime = fromMs(total.since)
  return { attributes, startTime, endTime, value: temporality === 'delta' ? value : total.value }
}
