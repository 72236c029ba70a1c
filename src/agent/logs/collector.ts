import { setTimeout as delay } from 'node:timers/promises'
import type { AgentLog } from '../log.ts'
import type { Batch } from '../sinks/index.ts'
import type { StoredPod } from '../store/workload.ts'
import { collectedStatus } from './collected-status.ts'
import type { LogsConfig } from './config.ts'
import { createFollowedSet } from './followed.ts'
import { POLL_MS, STOP_DELIVERY_MS } from './limits.ts'
import type { LogsStatus } from './logs-status.ts'
import { createNotes } from './notes.ts'
import { createOpenFiles } from './open-files.ts'
import { createPodFolders } from './pod-folders.ts'
import { createReading, type Session } from './reading.ts'
import { readRegistry } from './registry.ts'
import { createDelivery, type Totals } from './delivery.ts'
import type { TargetRules } from './targets.ts'

export interface LogsDeps {
  readonly config: LogsConfig
  readonly hostname: string
  /** Where a path of the container is on this machine. */
  readonly real: (path: string) => string
  /** The pods that the kubelet connection shows; throws when there is none. Empty: not known now. */
  readonly pods: (signal: AbortSignal) => Promise<readonly StoredPod[]>
  readonly rules: Omit<TargetRules, 'collectAll' | 'fault'>
  /** Resolves when every sink has the batch. */
  readonly deliver: (batch: Batch, signal: AbortSignal) => Promise<void>
  readonly log: AgentLog
  readonly now: () => number
  /** How often files are looked at, in milliseconds. */
  readonly pollMs?: number
  /** How long a batch that is being delivered is waited for at the end, in milliseconds. */
  readonly stopDeliveryMs?: number
}

export interface LogsCollector {
  /** Until the signal fires; then what the sinks are about to take is waited for, and the offsets are written. */
  readonly run: (signal: AbortSignal) => Promise<void>
  status(): LogsStatus
}

/**
 * Follows the logs of the agent's own pods and hands them to the sinks, one batch at a time: reading waits for the slowest
 * sink, and an offset moves on only when all sinks have what is before it.
 */
export function createLogsCollector(deps: LogsDeps): LogsCollector {
  const { config, now } = deps
  const { pollMs = POLL_MS, stopDeliveryMs = STOP_DELIVERY_MS } = deps
  const notes = createNotes(deps.log)
  const totals: Totals = { lines: 0, bytes: 0, lastSentAt: 0 }
  const folders = createPodFolders(deps, notes)
  let session: Session | undefined
  let running = false

  const open = async (): Promise<Session> => {
    const files = createOpenFiles(config.openFiles)
    const fault = (text: string): void => notes.set('offsets', text)
    const registry = await readRegistry(deps.real(config.runPath), now(), fault)
    return { files, followed: createFollowedSet({ registry, files, now }) }
  }
  return {
    async run(stop) {
      const delivery = new AbortController()
      const onStop = (): void => void setTimeout(() => delivery.abort(), stopDeliveryMs).unref()
      stop.addEventListener('abort', onStop, { once: true })
      const opened = await open()
      session = opened
      running = true
      const { followed, files } = opened
      const sent = createDelivery({ deps, followed, notes, totals })
      const reading = createReading({
        deps,
        pollMs,
        followed,
        folders,
        notes,
        deliver: (batch, signal) => sent.flush(batch, signal),
      })
      const signals = { stop, delivery: delivery.signal }
      try {
        while (!stop.aborted) {
          await folders.refresh(followed, stop)
          if (!(await reading.round(signals))) await delay(pollMs, undefined, { signal: stop })
        }
      } catch (error) {
        if (!stop.aborted) throw error
      } finally {
        running = false
        stop.removeEventListener('abort', onStop)
        await sent.save()
        await files[Symbol.asyncDispose]()
      }
    },
    status: () =>
      collectedStatus({ config, session, running, totals, notes, foreign: folders.foreign }),
  }
}
