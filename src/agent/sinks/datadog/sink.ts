import { readFileSync } from 'node:fs'
import type { AgentLog } from '../../log.ts'
import { createCounters } from '../counters.ts'
import { MEMORY_MAX_BYTES } from '../limits.ts'
import type { Sink } from '../sink.ts'
import { createApiKey, type KeyOrigin } from './api-key.ts'
import { startKeyCheck } from './check-key.ts'
import { encodeBatch } from './encode.ts'
import { createForwarder } from './forwarder.ts'
import { createIntakeClient } from './intake-client.ts'
import type { Encoding, PayloadKind } from './payload.ts'
import { openPayloadStore, type OpenedStore } from './payload-store.ts'
import { openQueue } from './queue.ts'

export interface DatadogConfig {
  readonly keyOrigin: KeyOrigin
  /** Without a slash at the end: `https://api.datadoghq.com`. */
  readonly metricsUrl: string
  readonly logsUrl: string
  readonly encoding: Encoding
  readonly caFile: string | undefined
  readonly verify: boolean
  /** Where the queue is, on this machine; undefined: in memory only. */
  readonly storageFolder: string | undefined
  readonly storageMaxBytes: number
  readonly hostTags: readonly string[]
}

export interface DatadogDeps {
  readonly log: AgentLog
  readonly now: () => number
  readonly version: string
  readonly random?: () => number
  /** The first back-off of an endpoint is up to twice this. */
  readonly backoffBaseMs?: number
  /** One request, in milliseconds. */
  readonly timeoutMs?: number
  readonly stopTimeoutMs?: number
}

const WHERE = 'agent/sinks/datadog'

/**
 * The Datadog intake. A batch is taken when its bodies are on the disk; from there they are sent until the intake has
 * answered, across restarts. Throws E_CONFIG for a bad key, E_PORT_IN_USE when another agent has the queue.
 */
export async function openDatadogSink(config: DatadogConfig, deps: DatadogDeps): Promise<Sink> {
  const { log, now, version } = deps
  const counters = createCounters(now)
  const apiKey = createApiKey(config.keyOrigin, now)
  const ca = config.caFile === undefined ? undefined : readFileSync(config.caFile, 'utf8')
  const store = await openStore(config, log)
  const queue = await openQueue({
    store,
    folder: config.storageFolder,
    maxBytes: config.storageMaxBytes,
    now,
    dropped: (items, why) => counters.dropped(items, why),
    trouble: (text) => {
      counters.trouble(text)
      log.warn(WHERE, text)
    },
  })
  const limits = deps.timeoutMs === undefined ? {} : { timeoutMs: deps.timeoutMs }
  const client = createIntakeClient({ apiKey, version, ca, verify: config.verify, now, ...limits })
  const logsRoom = Math.min(store ? config.storageMaxBytes : MEMORY_MAX_BYTES, MEMORY_MAX_BYTES) / 2
  const urls: Readonly<Record<PayloadKind, string>> = {
    series: `${config.metricsUrl}/api/v2/series`,
    check_run: `${config.metricsUrl}/api/v1/check_run`,
    logs: `${config.logsUrl}/api/v2/logs`,
  }
  if (queue.size > 0) log.info(WHERE, `${queue.size} bodies of an earlier run wait in the queue`)
  const forwarder = createForwarder({ ...deps, queue, client, apiKey, urls, counters })
  const keyCheck = startKeyCheck({ client, url: `${config.metricsUrl}/api/v1/validate`, log })
  return {
    name: 'datadog',
    // While the intake is down lines wait in their files: the queue is for what waits nowhere else.
    logs: { hasRoom: () => queue.bytes < logsRoom },
    async take(batch) {
      const { payloads, tooLarge } = await encodeBatch(batch, config)
      counters.dropped(tooLarge, 'larger than a whole body may be')
      for (const payload of payloads) await queue.put(payload)
      forwarder.wake()
    },
    status: () =>
      counters.report({
        target: config.metricsUrl,
        queuedItems: queue.items,
        queueBytes: queue.bytes,
        details: {
          'API key': keyCheck.state,
          Queue: config.storageFolder ?? 'in memory',
          'Queued bodies': String(queue.size),
        },
      }),
    async [Symbol.asyncDispose]() {
      await forwarder[Symbol.asyncDispose]()
      await keyCheck[Symbol.asyncDispose]()
      client.close()
      await queue[Symbol.asyncDispose]()
    },
  }
}

/** A folder that cannot be written costs the disk only; another agent's queue is an error. */
async function openStore(
  { storageFolder }: DatadogConfig,
  log: AgentLog,
): Promise<OpenedStore['store'] | undefined> {
  if (storageFolder === undefined) return undefined
  try {
    const { store, repaired } = await openPayloadStore(storageFolder)
    if (repaired !== '') log.warn(WHERE, repaired)
    return store
  } catch (error) {
    if ((error as { code?: string }).code !== 'E_NO_PERMISSION') throw error
    log.warn(WHERE, `${(error as Error).message}: what waits is kept in memory only`)
    return undefined
  }
}
