/** What a sender call is; `count` and `monotonic_count` come out as counts, `rate` and `gauge` as gauges. */
export type CallType = 'gauge' | 'rate' | 'monotonic_count' | 'count'

/**
 * One context's state. Values are doubles, as in the Agent: past 2^53 neighbours are 2 or more apart, so the rate of a
 * nanosecond counter of 2^60 over 15 s is off by at most 18 nanocores. Only differences are computed of counters.
 *
 * A node has thousands of them, so all have one shape, no functions of their own, and numbers that change in place.
 */
export interface Metric {
  readonly call: CallType
  readonly rules: Call
  readonly name: string
  /** Milliseconds, of the last sample. */
  seenAt: number
  /** There is a sample since the last flush. */
  fresh: boolean
  value: number
  /** Seconds since 1970; after a flush: of what was flushed. */
  at: number
  hasPrevious: boolean
  previous: number
  previousAt: number
  /** The list of tags that it was last looked up by. */
  list: readonly string[] | undefined
  /** What came after it in the last run. */
  next: Metric | undefined
  forgotten: boolean
}

export const newMetric = (call: CallType, name: string): Metric => ({
  call,
  rules: CALLS[call],
  name,
  seenAt: 0,
  fresh: false,
  value: 0,
  at: 0,
  hasPrevious: false,
  previous: 0,
  previousAt: 0,
  list: undefined,
  next: undefined,
  forgotten: false,
})

interface Call {
  /** `at` in seconds since 1970. */
  readonly add: (metric: Metric, value: number, at: number) => void
  /** The value to send, of the time `metric.at`; undefined: nothing to send this time. */
  readonly flush: (metric: Metric, at: number) => number | undefined
  readonly wire: 'gauge' | 'count'
  /** Must remember earlier runs. */
  readonly stateful: boolean
}

/** What came since the last flush, once. */
function flushValue(metric: Metric, at: number): number | undefined {
  if (!metric.fresh) return undefined
  metric.fresh = false
  metric.at = at
  return metric.value
}

function addLast(metric: Metric, value: number): void {
  metric.fresh = true
  metric.value = value
}

function addSum(metric: Metric, value: number): void {
  metric.value = metric.fresh ? metric.value + value : value
  metric.fresh = true
}

/** The sum of positive differences; the first sample ever only sets the mark. */
function addDifference(metric: Metric, value: number): void {
  if (metric.hasPrevious) addSum(metric, Math.max(0, value - metric.previous))
  metric.hasPrevious = true
  metric.previous = value
}

function becomePrevious(metric: Metric): void {
  metric.hasPrevious = true
  metric.previous = metric.value
  metric.previousAt = metric.at
}

function addRate(metric: Metric, value: number, at: number): void {
  if (metric.fresh) becomePrevious(metric)
  metric.fresh = true
  metric.value = value
  metric.at = at
}

/** Needs two samples: the first waits for the second. Dropped when the counter fell (a reset) or no time passed. */
function flushRate(metric: Metric): number | undefined {
  if (!metric.fresh) return undefined
  const { hasPrevious, previous, previousAt } = metric
  const seconds = metric.at - previousAt
  const perSecond = (metric.value - previous) / seconds
  becomePrevious(metric)
  metric.fresh = false
  return hasPrevious && seconds > 0 && perSecond >= 0 ? perSecond : undefined
}

/** How each call type is kept, and what it is on the wire. */
export const CALLS: Readonly<Record<CallType, Call>> = {
  gauge: { add: addLast, flush: flushValue, wire: 'gauge', stateful: false },
  rate: { add: addRate, flush: flushRate, wire: 'gauge', stateful: true },
  monotonic_count: { add: addDifference, flush: flushValue, wire: 'count', stateful: true },
  count: { add: addSum, flush: flushValue, wire: 'count', stateful: false },
}
