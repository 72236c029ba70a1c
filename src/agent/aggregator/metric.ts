/** What a sender call is; `count` and `monotonic_count` come out as counts, `rate` and `gauge` as gauges. */
export type CallType = 'gauge' | 'rate' | 'monotonic_count' | 'count'

/** A value to send, at a time in seconds; undefined: nothing to send this time. */
export type Flushed = { readonly value: number; readonly at: number } | undefined

/**
 * One context's state. Values are doubles, as in the Agent: past 2^53 neighbours are 2 or more apart, so the rate of a
 * nanosecond counter of 2^60 over 15 s is off by at most 18 nanocores. Only differences are computed of counters.
 */
export interface Metric {
  /** `at` in seconds since 1970. */
  add(value: number, at: number): void
  flush(at: number): Flushed
}

function gauge(): Metric {
  let last: number | undefined
  return {
    add(value) {
      last = value
    },
    flush(at) {
      const value = last
      last = undefined
      return value === undefined ? undefined : { value, at }
    },
  }
}

/** Needs two samples; dropped when the counter fell (a reset) or no time passed. */
function rate(): Metric {
  let previous: { value: number; at: number } | undefined
  let current: { value: number; at: number } | undefined
  return {
    add(value, at) {
      if (current) previous = current
      current = { value, at }
    },
    flush() {
      if (!current || !previous) {
        // The first sample waits for the second.
        if (current) [previous, current] = [current, undefined]
        return undefined
      }
      const seconds = current.at - previous.at
      const perSecond = (current.value - previous.value) / seconds
      const { at } = current
      ;[previous, current] = [current, undefined]
      return seconds > 0 && perSecond >= 0 ? { value: perSecond, at } : undefined
    },
  }
}

/** The sum of positive differences; the first sample ever only sets the mark. */
function monotonicCount(): Metric {
  let mark: number | undefined
  let sum: number | undefined
  return {
    add(value) {
      if (mark !== undefined) sum = (sum ?? 0) + Math.max(0, value - mark)
      mark = value
    },
    flush(at) {
      const value = sum
      sum = undefined
      return value === undefined ? undefined : { value, at }
    },
  }
}

function count(): Metric {
  let sum: number | undefined
  return {
    add(value) {
      sum = (sum ?? 0) + value
    },
    flush(at) {
      const value = sum
      sum = undefined
      return value === undefined ? undefined : { value, at }
    },
  }
}

/** How each call type is kept, what it is on the wire, and whether it must remember earlier runs. */
export const CALLS: Readonly<
  Record<
    CallType,
    { readonly create: () => Metric; readonly wire: 'gauge' | 'count'; readonly stateful: boolean }
  >
> = {
  gauge: { create: gauge, wire: 'gauge', stateful: false },
  rate: { create: rate, wire: 'gauge', stateful: true },
  monotonic_count: { create: monotonicCount, wire: 'count', stateful: true },
  count: { create: count, wire: 'count', stateful: false },
}
