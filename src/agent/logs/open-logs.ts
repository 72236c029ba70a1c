import type { AgentConfig, Env } from '../config.ts'
import { messageOf } from '../go-errors.ts'
import type { KubeletConnection } from '../kubelet/connection.ts'
import type { AgentLog } from '../log.ts'
import type { SinkSet } from '../sinks/index.ts'
import { createFilter } from '../store/filter.ts'
import type { PodStore } from '../store/pod-store.ts'
import type { Tagger } from '../store/tags.ts'
import { createLogsCollector, type LogsCollector } from './collector.ts'
import { readLogsConfig } from './config.ts'
import { LOGS_OFF } from './logs-status.ts'

export interface OpenLogsOptions {
  /** The environment and `datadog.yaml` as one. */
  readonly env: Env
  readonly config: AgentConfig
  /** What the checks have: its pods are this agent's, no others. */
  readonly access: {
    readonly connection: KubeletConnection
    readonly pods: PodStore
    readonly tagger: Tagger
  }
  readonly sinks: SinkSet
  /** Batches are printed: an agent that printed its own log would never come to an end. */
  readonly printsBatches: boolean
  readonly log: AgentLog
  readonly now: () => number
}

const WHERE = 'agent/logs'

/** The collector of logs as configured; one that does nothing when logs are not wanted or no sink takes them. */
export function openLogs(options: OpenLogsOptions): LogsCollector {
  const { env, config, access, sinks, log, now } = options
  const logs = readLogsConfig(env, config)
  if (!logs.enabled) return idle([])
  if (!sinks.takesLogs) {
    const note = 'no sink takes log lines: datadog (DD_API_KEY) and stdout (SUBLET_SINKS) do'
    log.warn(WHERE, note)
    return idle([note])
  }
  const warn = (text: string): void => log.warn('agent/store/filter', text)
  const ownPodName = options.printsBatches ? config.api?.ownPodName : undefined
  const collector = createLogsCollector({
    config: logs,
    hostname: config.hostname,
    real: (path) => config.real(path),
    async pods(signal) {
      await access.pods.refresh(await access.connection.client(signal), signal)
      return access.pods.current().pods
    },
    rules: { filter: createFilter(logs.filters, warn), tagger: access.tagger, ownPodName },
    deliver: (batch, signal) => sinks.deliver(batch, signal),
    log,
    now,
  })
  return {
    ...collector,
    run: (signal) =>
      // Logs are not worth the metrics.
      collector.run(signal).catch((error: unknown) => {
        log.error(WHERE, `the collector of logs has stopped: ${messageOf(error)}`)
      }),
  }
}

const idle = (notes: readonly string[]): LogsCollector => ({
  run: () => Promise.resolve(),
  status: () => ({ ...LOGS_OFF, notes }),
})
