import { describeError, rfc3339, type Clock, type Logger } from '../../core/index.ts'
import { EVENTS, isNotFound, type KubeClient, type KubeObject } from '../../kube/index.ts'
import { createCorrelator, remember, type Occurrence } from './correlate.ts'
import type { EventReference } from './reference.ts'

export interface RecorderOptions {
  readonly client: KubeClient
  /** Who tells: `replicaset-controller`, `kubelet`. */
  readonly component: string
  /** The node it tells from, where that matters. */
  readonly host?: string
  /**
   * `core`: with first and last time and a count, as most components write. `series`: as the scheduler writes, with
   * eventTime, an action and a series. Default core.
   */
  readonly style?: 'core' | 'series'
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

export interface EventRecorder {
  /** Returns at once; the event is written soon. What cannot be written is lost, as events are. */
  event(
    about: EventReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    action?: string,
  ): void
  /** Resolves when everything told so far is written. */
  settled(): Promise<void>
}

/** Occurrences that wait for their turn; more are dropped. */
const MAX_WAITING = 1000
const MAX_MESSAGE = 1024

interface Written {
  readonly namespace: string
  readonly name: string
  readonly first: string
  count: number
}

/** Writes Events, one after the other; the same thing told again raises the count of the event that is there. */
export function createEventRecorder(options: RecorderOptions): EventRecorder {
  const { clock, log, signal } = options
  const correlate = createCorrelator()
  const written = new Map<string, Written>()
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  const write = async (
    one: Occurrence,
    key: string,
    message: string,
    at: number,
  ): Promise<void> => {
    const before = written.get(key)
    if (before !== undefined && (await countUp(options, before, message, at))) return
    const event = newEvent(options, one, message, at)
    const { namespace = '', name = '' } = event.metadata
    await options.client.create(EVENTS, event, { namespace, signal })
    remember(written, key, { namespace, name, first: rfc3339(at), count: 1 })
  }
  return {
    event(about, type, reason, text, action) {
      if (signal.aborted || waiting >= MAX_WAITING) return
      const message = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 3)}...` : text
      const one = { about, type, reason, message, ...(action ? { action } : {}) }
      const at = clock.now()
      const told = correlate(one, at)
      if (told === undefined) return
      waiting += 1
      last = last
        .then(() => (signal.aborted ? undefined : write(one, told.key, told.message, at)))
        .catch((error: unknown) => {
          if (signal.aborted) return
          log.debug({ reason, about: about.name, error: describeError(error) }, 'an event is lost')
        })
        .finally(() => (waiting -= 1))
    },
    settled: () => last,
  }
}

/** False when the event is not there any more. */
async function countUp(
  { client, style, signal }: RecorderOptions,
  event: Written,
  message: string,
  at: number,
): Promise<boolean> {
  const count = event.count + 1
  const patch =
    style === 'series'
      ? { series: { count, lastObservedTime: microTime(at) } }
      : { count, lastTimestamp: rfc3339(at), message }
  const { namespace, name } = event
  try {
    await client.patch(EVENTS, { namespace, name }, patch, 'merge', { signal })
    event.count = count
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function newEvent(
  { component, host = '', style }: RecorderOptions,
  { about, type, reason, action }: Occurrence,
  message: string,
  at: number,
): KubeObject {
  const namespace = about.namespace ?? 'default'
  const series = style === 'series'
  return {
    metadata: { name: `${about.name}.${serial(at)}`, namespace },
    involvedObject: { ...about },
    reason,
    message,
    source: series ? {} : { component, ...(host ? { host } : {}) },
    firstTimestamp: series ? null : rfc3339(at),
    lastTimestamp: series ? null : rfc3339(at),
    ...(series ? {} : { count: 1 }),
    type,
    eventTime: series ? microTime(at) : null,
    ...(action ? { action } : {}),
    reportingComponent: component,
    reportingInstance: series ? `${component}-${host}` : host,
  }
}

let serials = 0n

/** The time in nanoseconds, in hexadecimal, as events are called; no two alike. */
function serial(at: number): string {
  serials = (serials + 1n) % 1_000_000n
  return (BigInt(at) * 1_000_000n + serials).toString(16)
}

/** A MicroTime: with six digits of a second. */
const microTime = (at: number): string => new Date(at).toISOString().replace('Z', '000Z')
