import type { CallType } from '../../aggregator/metric.ts'
import type { Sender } from '../../aggregator/sender.ts'
import { REQUEST_TIMEOUT_MS } from '../../limits.ts'
import type { Cardinality } from '../../store/tags.ts'

/** The check's instance configuration (`conf.d/kubelet.d/conf.yaml`), as far as the Go check honours it. */
export interface KubeletInstance {
  /** Of each request (`timeout`, there in seconds). */
  readonly timeoutMs: number
  readonly tags: readonly string[]
  readonly useStatsSummaryAsSource: boolean
  /** Regular expressions, unanchored, for the two network rates of the summary. */
  readonly enabledRates: readonly string[]
  readonly sendHistogramsBuckets: boolean
  /** Counters as monotonic counts instead of gauges, or with them (`<metric>.total`). */
  readonly sendMonotonicCounter: boolean
  readonly sendMonotonicWithGauge: boolean
  readonly sendDistributionCountsAsMonotonic: boolean
  readonly sendDistributionSumsAsMonotonic: boolean
  readonly excludeLabels: readonly string[]
  /** Label → tag key. `le` is `upper_bound` always. */
  readonly labelsMapper: Readonly<Record<string, string>>
  /** Samples with one of these values are left out; `*` is any value. */
  readonly ignoreMetricsByLabels: Readonly<Record<string, readonly string[]>>
  /** Only an empty one says something: the path is then empty, and nothing comes of it. */
  readonly probesMetricsEndpoint: string | undefined
  readonly slisMetricsEndpoint: string | undefined
  /** No tag beyond this (`check_tag_cardinality`); high leaves each metric the tags that the Agent gives it. */
  readonly cardinality: Cardinality
}

export const DEFAULT_INSTANCE: KubeletInstance = {
  timeoutMs: REQUEST_TIMEOUT_MS,
  tags: [],
  useStatsSummaryAsSource: false,
  enabledRates: [
    'diskio[.]io_service_bytes[.]stats[.]total',
    'network[.].._bytes',
    'cpu[.].*[.]total',
  ],
  sendHistogramsBuckets: true,
  sendMonotonicCounter: false,
  sendMonotonicWithGauge: false,
  sendDistributionCountsAsMonotonic: false,
  sendDistributionSumsAsMonotonic: false,
  excludeLabels: [],
  labelsMapper: {},
  ignoreMetricsByLabels: {},
  probesMetricsEndpoint: undefined,
  slisMetricsEndpoint: undefined,
  cardinality: 'high',
}

type Labels = Readonly<Record<string, string>>

/** One tag per label, without the excluded ones and under the mapped names. */
export function labelTags(
  { excludeLabels, labelsMapper }: KubeletInstance,
  labels: Labels,
  valueOf: (label: string, value: string) => string = (_, value) => value,
): string[] {
  const tags: string[] = []
  for (const label of Object.keys(labels)) {
    if (excludeLabels.includes(label)) continue
    const key = label === 'le' ? 'upper_bound' : own(labelsMapper, label, label)
    tags.push(`${key}:${valueOf(label, labels[label] ?? '')}`)
  }
  return tags
}

/** The sample is left out for one of its labels. */
export function isIgnored({ ignoreMetricsByLabels }: KubeletInstance, labels: Labels): boolean {
  for (const [label, values] of Object.entries(ignoreMetricsByLabels)) {
    const value = labels[label]
    if (value !== undefined && (values.includes('*') || values.includes(value))) return true
  }
  return false
}

const own = (map: Readonly<Record<string, string>>, key: string, otherwise: string): string =>
  Object.hasOwn(map, key) ? (map[key] ?? otherwise) : otherwise

/** A cumulative value: a gauge of the raw number, a monotonic count, or both. */
export function sendCumulative(
  sender: Sender,
  instance: KubeletInstance,
  asMonotonic: boolean,
  metric: { readonly name: string; readonly value: number; readonly tags: readonly string[] },
): void {
  const call: CallType = asMonotonic ? 'monotonic_count' : 'gauge'
  const { name, value, tags } = metric
  sender.metric(call, name, value, tags)
  if (!asMonotonic && instance.sendMonotonicWithGauge)
    sender.metric('monotonic_count', `${name}.total`, value, tags)
}
