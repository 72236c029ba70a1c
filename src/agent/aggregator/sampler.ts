import { STATEFUL_CONTEXT_MS } from '../limits.ts'
import { newMetric, type CallType, type Metric } from './metric.ts'
import type { Series } from './series.ts'

/** Keeps one check's samples per (name, host, tag set) between commits. Source: pkg/aggregator/check_sampler.go */
export interface CheckSampler {
  /**
   * `at` in milliseconds of a clock that never steps: rates are differences. Values that are no number or infinite are
   * ignored. A list of tags must not change once it was handed in: it is known again by its identity.
   */
  add(call: CallType, name: string, value: number, tags: readonly string[], at: number): void
  /** Everything that has a value now. `wallOffset`: what to add to `at` for milliseconds since 1970. */
  commit(at: number, wallOffset?: number): Series[]
  /** Contexts that are remembered: rates and monotonic counts that wait for their next sample. */
  readonly size: number
}

/** A set of tags without a rate is kept over a run or two, and so is a gauge: it mostly comes again. */
const IDLE_MS = 60_000

/** All contexts of one set of tags. */
interface TagSet {
  readonly key: string
  /** Sorted, each once. */
  readonly tags: readonly string[]
  readonly gauges: Map<string, Metric>
  /** All that are no gauges. */
  readonly others: Map<string, Metric>
  forgotten: boolean
}

export function createSampler(host: string): CheckSampler {
  const sets = new Map<string, TagSet>()
  const setOf = tagSetsIn(sets)
  let size = 0

  const find = (call: CallType, name: string, list: readonly string[]): Metric => {
    const set = setOf(list)
    const metrics = call === 'gauge' ? set.gauges : set.others
    const key = keyOf({ call, name })
    let metric = metrics.get(key)
    if (!metric) {
      metric = newMetric(call, name)
      metrics.set(key, metric)
      if (metric.rules.stateful) size += 1
    }
    metric.list = list
    return metric
  }
  // A run mostly adds what the run before added, in the same order: then nothing is looked up.
  const first = newMetric('gauge', '')
  let last = first
  return {
    add(call, name, value, tags, at) {
      if (!Number.isFinite(value)) return
      let metric = last.next
      if (!metric || !isSame(metric, call, name, tags)) {
        metric = find(call, name, tags)
        last.next = metric
      }
      last = metric
      metric.seenAt = at
      metric.rules.add(metric, value, at / 1000)
    },
    commit(at, wallOffset = 0) {
      last = first
      const series: Series[] = []
      const send = (set: TagSet, metric: Metric, value: number): void => {
        const seconds = Math.floor(metric.at + wallOffset / 1000)
        series.push(newSeries(metric, set.tags, host, seconds, value))
      }
      for (const set of sets.values()) {
        flush(set, set.gauges, at, send)
        size -= flush(set, set.others, at, send)
        if (set.others.size > 0 || set.gauges.size > 0) continue
        set.forgotten = true
        sets.delete(set.key)
      }
      return series
    },
    get size() {
      return size
    },
  }
}

/** Finds or makes the set of a list. The same list is given for many metrics of a container: it is sorted and joined once. */
function tagSetsIn(sets: Map<string, TagSet>): (list: readonly string[]) => TagSet {
  const byList = new WeakMap<readonly string[], TagSet>()
  return (list) => {
    const known = byList.get(list)
    if (known && !known.forgotten) return known
    const tags = [...new Set(list)].sort()
    const key = tags.join('\u0000')
    const set = sets.get(key) ?? newTagSet(key, tags)
    sets.set(key, set)
    byList.set(list, set)
    return set
  }
}

/** Among the metrics of its set. */
const keyOf = ({ call, name }: Pick<Metric, 'call' | 'name'>): string =>
  call === 'gauge' || call === 'rate' ? name : `${call} ${name}`

const newTagSet = (key: string, tags: readonly string[]): TagSet => ({
  key,
  tags,
  gauges: new Map(),
  others: new Map(),
  forgotten: false,
})

const isSame = (metric: Metric, call: CallType, name: string, list: readonly string[]): boolean =>
  metric.list === list && metric.name === name && metric.call === call && !metric.forgotten

/** Sends what the metrics have at `at` milliseconds. Returns how many were forgotten that remembered earlier runs. */
function flush(
  set: TagSet,
  metrics: Map<string, Metric>,
  at: number,
  send: (set: TagSet, metric: Metric, value: number) => void,
): number {
  let forgotten = 0
  for (const metric of metrics.values()) {
    const { stateful, flush: take } = metric.rules
    const value = take(metric, at / 1000)
    if (value !== undefined) send(set, metric, value)
    if (at - metric.seenAt <= (stateful ? STATEFUL_CONTEXT_MS : IDLE_MS)) continue
    metrics.delete(keyOf(metric))
    metric.forgotten = true
    metric.next = undefined
    if (stateful) forgotten += 1
  }
  return forgotten
}

const newSeries = (
  { name, rules }: Metric,
  tags: readonly string[],
  host: string,
  seconds: number,
  value: number,
): Series => ({
  metric: name,
  points: [[seconds, value]],
  tags,
  host,
  type: rules.wire,
  interval: 0,
  source_type_name: 'System',
})
