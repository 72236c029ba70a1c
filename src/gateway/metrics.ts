import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { LIMITS } from './limits.ts'
import {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type MetricName,
} from './metric-table.ts'
import { addProcessMetrics } from './process-metrics.ts'

export type Labels = Readonly<Record<string, string>>

/** The gateway's own metrics; what each means is in `metric-table.ts`. Never a token, a pod or a user in a label. */
export interface Metrics {
  add(name: CounterName, labels?: Labels, by?: number): void
  set(name: GaugeName, value: number, labels?: Labels): void
  /** Forgets the series of a gauge before they are set anew. */
  reset(name: GaugeName): void
  /** In seconds. */
  time(name: HistogramName, seconds: number, labels?: Labels): void
  /** The exposition in the text format. */
  text(): Promise<string>
}

/** What all tenants beyond the first few hundred are called. */
export const OTHER_TENANTS = 'other'

export function createMetrics(): Metrics {
  const registry = new Registry()
  const made = new Map(
    (Object.keys(METRICS) as MetricName[]).map((name) => [name, make(name, registry)]),
  )
  addProcessMetrics(registry)
  const tenants = new Set<string>()

  /** A tenant's name becomes a label only as long as there are few of them. */
  const bounded = (labels: Labels): Labels => {
    const { tenant } = labels
    if (tenant === undefined || tenant === '' || tenants.has(tenant)) return labels
    if (tenants.size >= LIMITS.metricTenants) return { ...labels, tenant: OTHER_TENANTS }
    tenants.add(tenant)
    return labels
  }
  const metric = (name: MetricName): unknown => made.get(name)
  return {
    add: (name, labels = {}, by = 1) => (metric(name) as Counter).inc(bounded(labels), by),
    set: (name, value, labels = {}) => (metric(name) as Gauge).set(bounded(labels), value),
    reset: (name) => (metric(name) as Gauge).reset(),
    time: (name, seconds, labels = {}) =>
      (metric(name) as Histogram).observe(bounded(labels), seconds),
    text: () => registry.metrics(),
  }
}

function make(name: MetricName, registry: Registry): Counter | Gauge | Histogram {
  const { type, help, labels, buckets } = METRICS[name]
  const options = { name, help, labelNames: [...labels], registers: [registry] }
  switch (type) {
    case 'counter':
      return new Counter(options)
    case 'gauge':
      return new Gauge(options)
    case 'histogram':
      return new Histogram({ ...options, buckets: [...(buckets ?? [])] })
  }
}
