import type { CallType } from './metric.ts'
import type { CheckSampler } from './sampler.ts'
import type { ServiceCheck } from './series.ts'

/** How a check reports. Every call counts, also when nothing is flushed from it. */
export interface Sender {
  metric(call: CallType, name: string, value: number, tags: readonly string[]): void
  serviceCheck(
    name: string,
    status: ServiceCheck['status'],
    tags: readonly string[],
    message: string,
  ): void
}

export interface CountingSender extends Sender {
  /** Sender calls since the start of this run. */
  readonly metricSamples: number
  readonly serviceChecks: readonly ServiceCheck[]
}

/** A sender for one run of one check. `monotonic`: milliseconds of a clock that never steps, for rates. */
export function createSender(
  sampler: CheckSampler,
  host: string,
  now: () => number,
  monotonic: () => number = now,
): CountingSender {
  let metricSamples = 0
  const serviceChecks: ServiceCheck[] = []
  return {
    metric(call, name, value, tags) {
      metricSamples += 1
      sampler.add(call, name, value, tags, monotonic())
    },
    serviceCheck(check, status, tags, message) {
      const timestamp = Math.floor(now() / 1000)
      serviceChecks.push({
        check,
        host_name: host,
        timestamp,
        status,
        message,
        tags: [...new Set(tags)],
      })
    },
    get metricSamples() {
      return metricSamples
    },
    serviceChecks,
  }
}

/** The same sender, with tags that go with every call: the instance's own. */
export function withTags(sender: Sender, always: readonly string[]): Sender {
  if (always.length === 0) return sender
  return {
    metric: (call, name, value, tags) => sender.metric(call, name, value, [...always, ...tags]),
    serviceCheck: (name, status, tags, message) =>
      sender.serviceCheck(name, status, [...always, ...tags], message),
  }
}
