import type { CheckRecord } from './check-record.ts'
import { STALLED_CHECK_MS } from './limits.ts'
import type { LogsStatus } from './logs/index.ts'
import type { SinkStatus } from './sinks/index.ts'

/** A part of the running agent, and whether it works. */
export interface ComponentHealth {
  readonly name: string
  /** Why it is not healthy; absent: it is. */
  readonly why?: string
  /** `live`: a restart may mend it; `ready`: only somebody else can (a key, a sink's other side). */
  readonly kind: 'live' | 'ready'
}

export interface HealthFacts {
  readonly now: number
  readonly startedAt: number
  readonly checks: readonly { readonly record: CheckRecord; readonly intervalMs: number }[]
  readonly sinks: readonly SinkStatus[]
  readonly logs: LogsStatus | undefined
}

/**
 * What `agent health` and the probes tell. A check that fails is no fault of the agent: its errors are in the status. A queue
 * of checks is unhealthy when one of them has not come to an end for its interval and two minutes. Names are the Agent's
 * where it has such a part. Source: pkg/status/health
 */
export function componentsOf(facts: HealthFacts): readonly ComponentHealth[] {
  return [
    // Who asks has got an answer.
    { name: 'agent-api', kind: 'live' as const },
    ...queues(facts),
    ...facts.sinks.map(sinkHealth),
    ...logsHealth(facts.logs),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

const component = (
  name: string,
  kind: ComponentHealth['kind'],
  why: string | undefined,
): ComponentHealth => (why === undefined ? { name, kind } : { name, kind, why })

/** One for all checks of an interval, as the Agent's scheduler has them: `collector-queue-15s`. */
function queues({ checks, now, startedAt }: HealthFacts): ComponentHealth[] {
  const intervals = [...new Set(checks.map(({ intervalMs }) => intervalMs))]
  return intervals.map((intervalMs) => {
    const late = checks
      .filter((check) => check.intervalMs === intervalMs)
      .map(({ record }) => ({ id: record.id, ms: now - Math.max(record.updatedAt, startedAt) }))
      .filter(({ ms }) => ms > intervalMs + STALLED_CHECK_MS)
      .map(({ id, ms }) => `${id} has not come to an end for ${Math.round(ms / 1000)} s`)
    const why = late.length === 0 ? undefined : late.join(', ')
    return component(`collector-queue-${intervalMs / 1000}s`, 'live', why)
  })
}

/** Datadog's sink keeps what it cannot send; of the others what was not taken is lost. */
function sinkHealth(sink: SinkStatus): ComponentHealth {
  if (sink.name === 'datadog') {
    const isInvalid = sink.details['API key'] === 'invalid'
    const why = isInvalid ? `${sink.target} says that the API key is not valid` : undefined
    return component('forwarder', 'ready', why)
  }
  const isFailing = sink.lastErrorAt > sink.lastSentAt
  return component(`sink-${sink.name}`, 'ready', isFailing ? sink.lastError : undefined)
}

function logsHealth(logs: LogsStatus | undefined): ComponentHealth[] {
  // Without a folder they were not wanted, or no sink takes them.
  if (logs === undefined || logs.folder === '') return []
  return [component('logs-agent', 'ready', logs.running ? undefined : 'the collector has stopped')]
}
