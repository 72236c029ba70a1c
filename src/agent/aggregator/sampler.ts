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
}

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
    const set = sets.get(key) ?? { key, tags, contexts: new Map<string, Context>() }
    sets.set(key, set)
    byList.set(list, set)
    return set
  }
  return {
    add(call, name, value, tags, at) {
      if (!Number.isFinite(value)) return
      const { contexts } = setOf(tags)
      const key = call === 'gauge' ? name : `${call} ${name}`
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
      for (const [setKey, { contexts, tags }] of sets) {
        for (const [key, { call, name: metric, metric: state, seenAt }] of contexts) {
          const { wire: type, stateful } = CALLS[call]
          const flushed = state.flush(at / 1000)
          if (flushed) {
            const points = [[Math.floor(flushed.at + wallOffset / 1000), flushed.value] as const]
            series.push({
              metric,
              points,
              tags,
              host,
              type,
              interval: 0,
              source_type_name: 'System',
            })
          }
          if (!stateful || at - seenAt > STATEFUL_CONTEXT_MS) {
            contexts.delete(key)
            size -= 1
          }
        }
        if (contexts.size === 0) sets.delete(setKey)
      }
      return series
    },
    get size() {
      return size
    },
  }
}
