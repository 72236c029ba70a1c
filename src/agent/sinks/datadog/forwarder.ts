import { describeError } from '../../../core/errors.ts'
import type { AgentLog } from '../../log.ts'
import type { Counters } from '../counters.ts'
import { FORWARDER_PARALLEL, STOP_TIMEOUT_MS } from '../limits.ts'
import { timeLimit } from '../time-limit.ts'
import type { ApiKey } from './api-key.ts'
import { createCircuit, type Circuit } from './circuit.ts'
import type { IntakeAnswer } from './exchange.ts'
import type { IntakeClient } from './intake-client.ts'
import type { PayloadKind } from './payload.ts'
import type { StoredEntry } from './payload-store.ts'
import type { PayloadQueue } from './queue.ts'
import { judgeStatus } from './verdict.ts'

/** Sends what is in the queue, newest first, as far as the endpoints allow. */
export interface Forwarder extends AsyncDisposable {
  /** There is something new in the queue. */
  wake(): void
}

export interface ForwarderOptions {
  readonly queue: PayloadQueue
  readonly client: IntakeClient
  readonly apiKey: ApiKey
  readonly urls: Readonly<Record<PayloadKind, string>>
  readonly counters: Counters
  readonly log: AgentLog
  readonly now: () => number
  readonly random?: () => number
  readonly backoffBaseMs?: number
  readonly stopTimeoutMs?: number
}

const WHERE = 'agent/sinks/datadog'

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { queue, now, stopTimeoutMs = STOP_TIMEOUT_MS } = options
  const circuit = (): Circuit => createCircuit({ ...options, baseMs: options.backoffBaseMs })
  const circuits: Readonly<Record<PayloadKind, Circuit>> = {
    series: circuit(),
    check_run: circuit(),
    logs: circuit(),
  }
  const busy: Record<PayloadKind, number> = { series: 0, check_run: 0, logs: 0 }
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let stopping: Promise<void> | undefined

  /** An endpoint that failed is tried with one body at a time. */
  const mayAsk = (kind: PayloadKind): boolean => {
    const { blockedUntil, errors } = circuits[kind]
    return blockedUntil <= now() && (errors === 0 || busy[kind] === 0)
  }
  const start = (entry: StoredEntry): void => {
    busy[entry.kind] += 1
    const work = sendEntry(entry, {
      ...options,
      circuit: circuits[entry.kind],
      signal: stop.signal,
    })
      .catch((error: unknown) => {
        queue.release(entry)
        options.counters.trouble(describeError(error))
      })
      .then(() => {
        busy[entry.kind] -= 1
        underWay.delete(work)
        pump()
      })
    underWay.add(work)
  }
  const pump = (): void => {
    clearTimeout(timer)
    if (stopping) return
    while (underWay.size < FORWARDER_PARALLEL) {
      const entry = queue.take(mayAsk)
      if (!entry) break
      start(entry)
    }
    const waits = waitsOf(Object.values(circuits), now())
    if (queue.size > underWay.size && waits.length > 0) {
      timer = setTimeout(pump, Math.min(...waits) + 1)
    }
  }
  const close = async (): Promise<void> => {
    clearTimeout(timer)
    await timeLimit(Promise.all(underWay), stopTimeoutMs)
    stop.abort()
    await Promise.all(underWay)
  }
  pump()
  return {
    wake: pump,
    [Symbol.asyncDispose]: () => (stopping ??= close()),
  }
}

/** Milliseconds until each blocked endpoint may be asked. */
const waitsOf = (circuits: readonly Circuit[], now: number): number[] =>
  circuits.map(({ blockedUntil }) => blockedUntil - now).filter((wait) => wait > 0)

interface SendOptions extends ForwarderOptions {
  readonly circuit: Circuit
  readonly signal: AbortSignal
}

async function sendEntry(entry: StoredEntry, options: SendOptions): Promise<void> {
  const { queue, client, apiKey, urls, counters, log, circuit, signal } = options
  const { kind, encoding, items } = entry
  const body = await queue.read(entry)
  if (body === undefined) {
    counters.failed(items, 'a body of the queue cannot be read any more')
    await queue.remove(entry)
    return
  }
  const url = urls[kind]
  let answer: IntakeAnswer
  try {
    answer = await client.post(url, { kind, encoding, items, body }, signal)
  } catch (error) {
    queue.release(entry)
    if (signal.aborted) return
    circuit.failed()
    counters.trouble(`${url}: ${describeError(error)}`)
    log.warn(WHERE, `Could not send to ${url}, it will be tried again: ${describeError(error)}`)
    return
  }
  const said = `${answer.status} from ${url}${answer.text === '' ? '' : `: ${answer.text}`}`
  const verdict = judgeStatus(answer.status)
  if (verdict === 'sent') {
    circuit.succeeded()
    counters.sent(items)
    await queue.remove(entry)
  } else if (verdict === 'refused' && !(answer.status === 403 && apiKey.refresh())) {
    // The endpoint works: it is the body, or the key.
    const why = answer.status === 403 ? 'API Key invalid, dropping transaction for' : 'Dropping'
    counters.failed(items, said)
    log.error(WHERE, `${why} ${items} items of ${kind}: ${said}`)
    await queue.remove(entry)
  } else {
    queue.release(entry)
    circuit.failed(answer.retryAfterMs)
    counters.trouble(said)
    log.warn(WHERE, `It will be tried again: ${said}`)
  }
}
