import type { Series } from '../aggregator/series.ts'
import { COUNTER_FORGET_MS } from './limits.ts'
import { contextOf } from './tags.ts'

export interface Total {
  readonly value: number
  /** Milliseconds since 1970: when counting began. */
  readonly since: number
}

/** Counts come as what was added since the last one; Prometheus and OTLP want the sum since the start. */
export interface Totals {
  add(series: Series): Total
  /** Forgets what nobody has added to for a while; gives the contexts that are gone. */
  expire(): string[]
}

export function createTotals(now: () => number): Totals {
  const totals = new Map<string, { value: number; since: number; seenAt: number }>()
  return {
    add(series) {
      const key = contextOf(series)
      const total = totals.get(key) ?? { value: 0, since: now(), seenAt: 0 }
      total.value += series.points.reduce((sum, [, value]) => sum + value, 0)
      total.seenAt = now()
      totals.set(key, total)
      return total
    },
    expire() {
      const oldest = now() - COUNTER_FORGET_MS
      const gone = [...totals].filter(([, { seenAt }]) => seenAt < oldest).map(([key]) => key)
      for (const key of gone) totals.delete(key)
      return gone
    },
  }
}
