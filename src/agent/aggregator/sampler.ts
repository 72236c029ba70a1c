import { STATEFUL_CONTEXT_MS } from '../limits.ts'
import { CALLS, type CallType, type Metric } from './metric.ts'
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

/** A set of tags without a rate is kept over a run or two: it mostly comes again. */
const IDLE_SET_MS = 60_000

interface Context {
  readonly call: CallType
  readonly name: string
  readonly metric: Metric
  seenAt: number
}

/** All contexts of one set of tags. */
interface TagSet {
  readonly key: string
  /** Sorted, each once. */
  readonly tags: readonly string[]
  readonly contexts: Map<string, Context>
  /** Most metrics are gauges: of these the last value is all there is to know. */
  readonly gauges: Map<string, number>
  seenAt: number
}

type Point = [
  metric: string,
  tags: readonly string[],
  type: Series['type'],
  value: number,
  seconds: number,
]

const toSeries = (
  host: string,
  wallOffset: number,
  ...[metric, tags, type, value, seconds]: Point
): Series => ({
  metric,
  points: [[Math.floor(seconds + wallOffset / 1000), value]],
  tags,
  host,
  type,
  interval: 0,
  source_type_name: 'System',
})

export function createSampler(host: string): CheckSampler {
  const sets = new Map<string, TagSet>()
  // The same list is given for many metrics of a container: it is sorted and joined once.
  const byList = new WeakMap<readonly string[], TagSet>()
  let size = 0

  const setOf = (list: readonly string[]): TagSet => {
    const known = byList.get(list)
    // A set that was forgotten meanwhile is made anew.
    if (known && sets.get(known.key) === known) return known
    const tags = [...new Set(list)].sort()
    const key = tags.join('\u0000')
    const set = sets.get(key) ?? {
      key,
      tags,
      contexts: new Map<string, Context>(),
      gauges: new Map<string, number>(),
      seenAt: 0,
    }
    sets.set(key, set)
    byList.set(list, set)
    return set
  }
  return {
    add(call, name, value, tags, at) {
      if (!Number.isFinite(value)) return
      const set = setOf(tags)
      const { contexts, gauges } = set
      set.seenAt = at
      if (call === 'gauge') {
        gauges.set(name, value)
        return
      }
      const key = call === 'rate' ? name : `${call} ${name}`
      let context = contexts.get(key)
      if (!context) {
        context = { call, name, metric: CALLS[call].create(), seenAt: at }
        contexts.set(key, context)
        size += 1
      }
      context.seenAt = at
      context.metric.add(value, at / 1000)
    },
    commit(at, wallOffset = 0) {
      const series: Series[] = []
      const send = (...point: Point): void => void series.push(toSeries(host, wallOffset, ...point))
      for (const [setKey, set] of sets) {
        const { contexts, gauges, tags } = set
        for (const [metric, value] of gauges) send(metric, tags, 'gauge', value, at / 1000)
        gauges.clear()
        for (const [key, { call, name, metric, seenAt }] of contexts) {
          const { wire, stateful } = CALLS[call]
          const flushed = metric.flush(at / 1000)
          if (flushed) send(name, tags, wire, flushed.value, flushed.at)
          if (!stateful || at - seenAt > STATEFUL_CONTEXT_MS) {
            contexts.delete(key)
            size -= 1
          }
        }
        if (contexts.size === 0 && at - set.seenAt > IDLE_SET_MS) sets.delete(setKey)
      }
      return series
    },
    get size() {
      return size
    },
  }
}
