import { STATEFUL_CONTEXT_MS } from '../limits.ts'
import { CALLS, type CallType, type Metric } from './metric.ts'
import type { Series } from './series.ts'

/** Keeps one check's samples per (name, host, tag set) between commits. Source: pkg/aggregator/check_sampler.go */
export interface CheckSampler {
  /** `at` in milliseconds. Values that are no number or infinite are ignored. */
  add(call: CallType, name: string, value: number, tags: readonly string[], at: number): void
  /** Everything that has a value now. */
  commit(at: number): Series[]
  /** Contexts that are remembered: rates and monotonic counts that wait for their next sample. */
  readonly size: number
}

interface Context {
  readonly call: CallType
  readonly name: string
  readonly tags: readonly string[]
  readonly metric: Metric
  seenAt: number
}

export function createSampler(host: string): CheckSampler {
  const contexts = new Map<string, Context>()
  return {
    add(call, name, value, tags, at) {
      if (!Number.isFinite(value)) return
      const set = [...new Set(tags)].sort()
      const key = `${call}\u0000${name}\u0000${set.join('\u0000')}`
      let context = contexts.get(key)
      if (!context) {
        context = { call, name, tags: set, metric: CALLS[call].create(), seenAt: at }
        contexts.set(key, context)
      }
      context.seenAt = at
      context.metric.add(value, at / 1000)
    },
    commit(at) {
      const series: Series[] = []
      for (const [key, context] of contexts) {
        const { wire, stateful } = CALLS[context.call]
        const flushed = context.metric.flush(at / 1000)
        if (flushed) {
          const points = [[Math.floor(flushed.at), flushed.value] as const]
          const { name: metric, tags } = context
          series.push({
            metric,
            points,
            tags,
            host,
            type: wire,
            interval: 0,
            source_type_name: 'System',
          })
        }
        if (!stateful || at - context.seenAt > STATEFUL_CONTEXT_MS) contexts.delete(key)
      }
      return series
    },
    get size() {
      return contexts.size
    },
  }
}
