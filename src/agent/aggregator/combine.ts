import type { Cardinality } from '../store/tags.ts'
import type { CallType } from './metric.ts'
import type { Sender } from './sender.ts'

export interface Combining {
  readonly sender: Sender
  /** Hands on what was combined; once, at the end of a run. */
  flush(): void
}

/** What several containers have in common under fewer tags: the largest. All other metrics are summed. */
const LARGEST = /(_pct|sw_in_use|uptime|duration|last_seen|quantile|\.state\..*|\.last_state\..*)$/

/**
 * With fewer tags than the metrics were made for, samples of several containers have the same name and tags, and the last
 * one would stand for all. They are combined into one sample instead. With all tags nothing is held back.
 */
export function combining(sender: Sender, cardinality: Cardinality): Combining {
  if (cardinality === 'high') return { sender, flush: () => undefined }
  const held = new Map<
    string,
    { call: CallType; name: string; value: number; tags: readonly string[] }
  >()
  return {
    sender: {
      metric(call, name, value, tags) {
        if (!Number.isFinite(value)) return
        const key = `${call} ${name} ${[...new Set(tags)].sort().join('\u0000')}`
        const known = held.get(key)
        if (!known) held.set(key, { call, name, value, tags })
        else known.value = LARGEST.test(name) ? Math.max(known.value, value) : known.value + value
      },
      serviceCheck: (...call) => sender.serviceCheck(...call),
    },
    flush() {
      for (const { call, name, value, tags } of held.values())
        sender.metric(call, name, value, tags)
      held.clear()
    },
  }
}
