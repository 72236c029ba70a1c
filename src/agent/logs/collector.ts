import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../go-errors.ts'
import type { AgentLog } from '../log.ts'
import type { Batch } from '../sinks/index.ts'
import type { StoredPod } from '../store/workload.ts'
import type { LogsConfig } from './config.ts'
import { findFiles, findRoots, type LogRoots } from './find-files.ts'
import { createFollowedSet, type Followed, type FollowedSet } from './followed.ts'
import { PODS_MS, POLL_MS, REGISTRY_WRITE_MS, STOP_DELIVERY_MS } from './limits.ts'
import type { LogsStatus } from './logs-status.ts'
import { createOpenFiles, type OpenFiles } from './open-files.ts'
import { createPendingBatch, type PendingBatch } from './pending-batch.ts'
import { readRegistry, writeRegistry } from './registry.ts'
import { findTargets, folderOf, type TargetRules } from './targets.ts'

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

const WHERE = 'agent/logs'
/** Reads of one container before the next has its turn. */
const TURNS = 16
const SHOWN_CONTAINERS = 100

/**
 * Follows the logs of the agent's own pods and hands them to the sinks, one batch at a time: reading waits for the slowest
 * sink, and an offset moves on only when all sinks have what is before it.
 */
export function createLogsCollector(deps: LogsDeps): LogsCollector {
  const { config, log, now } = deps
  const { pollMs = POLL_MS, stopDeliveryMs = STOP_DELIVERY_MS } = deps
  const folder = deps.real(config.runPath)
  const state = { lines: 0, bytes: 0, lastSentAt: 0, foreignFolders: 0, running: false }
  const notes = new Map<string, string>()
  let files: OpenFiles | undefined
  let followed: FollowedSet | undefined
  let roots: LogRoots | undefined
  let podsAt = -Infinity
  let writtenAt = -Infinity

  const note = (topic: string, text: string | undefined): void => {
    if (text === undefined) notes.delete(topic)
    else if (notes.get(topic) !== text) {
      notes.set(topic, text)
      log.warn(WHERE, text)
    }
  }
  const refresh = async (set: FollowedSet, signal: AbortSignal): Promise<void> => {
    if (now() - podsAt < PODS_MS && now() >= podsAt) return
    podsAt = now()
    roots = await findRoots(deps.real(config.podLogsDir), deps.real(config.dockerLogsDir))
    note('folder', roots ? undefined : `${config.podLogsDir} is not mounted: no file can be read`)
    let pods: readonly StoredPod[]
    try {
      pods = await deps.pods(signal)
      note('pods', undefined)
    } catch (error) {
      signal.throwIfAborted()
      note('pods', `which pods are this agent's is not known: ${messageOf(error)}`)
      return
    }
    if (pods.length === 0 || roots === undefined) return
    const faults: string[] = []
    const fault = (text: string): void => void faults.push(text)
    const targets = findTargets(pods, { ...deps.rules, collectAll: config.collectAll, fault })
    note('annotations', faults.length === 0 ? undefined : faults.slice(0, 5).join('; '))
    const uids = new Set(pods.map(({ uid }) => uid))
    await set.want(targets, (key) => uids.has(key.split('/')[0] ?? ''))
    await countFolders(pods, roots)
  }
  /** Names only: a foreign folder is never looked into. */
  const countFolders = async (
    pods: readonly StoredPod[],
    { pods: dir }: LogRoots,
  ): Promise<void> => {
    const there = await readdir(dir).catch(() => [])
    const own = new Set(pods.map(folderOf))
    const matched = there.filter((name) => own.has(name)).length
    state.foreignFolders = there.length - matched
    note(
      'unmatched',
      matched > 0 || there.length === 0
        ? undefined
        : `none of the ${pods.length} pods has a folder in ${config.podLogsDir}, where ${there.length} others have: ` +
            "in a vcluster the node's folders carry the host's names and uids, and foreign files are not read",
    )
  }
  const flush = async (batch: PendingBatch, signal: AbortSignal): Promise<void> => {
    const { logs, bytes } = batch
    if (logs.length > 0) {
      await deps.deliver({ source: 'logs', series: [], serviceChecks: [], logs }, signal)
      state.lines += logs.length
      state.bytes += bytes
      state.lastSentAt = now()
    }
    batch.commit()
    if (now() - writtenAt >= REGISTRY_WRITE_MS) await save()
  }
  const save = async (): Promise<void> => {
    if (followed === undefined) return
    writtenAt = now()
    try {
      await writeRegistry(folder, followed.registry())
      note('registry', undefined)
    } catch (error) {
      note('registry', `offsets cannot be written, lines may come twice: ${messageOf(error)}`)
    }
  }
  /** A file that cannot be read costs its own container only, and only for now. */
  const attempt = async <T>(one: Followed, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      note('read', `${one.target.name}: ${messageOf(error)}`)
      return undefined
    }
  }
  const look = async (one: Followed): Promise<boolean> => {
    const { pods, docker } = roots ?? {}
    if (pods === undefined) return false
    if (now() - one.lookedAt < pollMs && now() >= one.lookedAt) return true
    one.lookedAt = now()
    const looked = await attempt(one, async () => {
      await one.log.look(await findFiles(one.target.folder, { pods, docker }, deps.real))
      return true
    })
    return looked === true
  }
  /** As the container knows a file: what is found lies below one of two folders. */
  const shownPath = (path: string): string => {
    if (roots && path.startsWith(roots.pods))
      return join(config.podLogsDir, relative(roots.pods, path))
    if (roots?.docker === undefined) return path
    return join(config.dockerLogsDir, relative(roots.docker, path))
  }
  /** One round over all containers; whether anything was read. */
  const round = async (set: FollowedSet, signals: Signals): Promise<boolean> => {
    let batch = createPendingBatch(deps)
    let any = false
    for (const one of set.all) {
      if (!(await look(one))) continue
      for (let turn = 0; turn < TURNS && !signals.stop.aborted; turn += 1) {
        const chunk = await attempt(one, () => one.log.read())
        if (chunk === undefined) break
        any = true
        batch.add(one.target, chunk, shownPath(chunk.path), (lines) => void (one.lines += lines))
        if (!batch.isFull) continue
        await flush(batch, signals.delivery)
        batch = createPendingBatch(deps)
      }
    }
    // What was read when the end came is read again next time.
    if (!batch.isEmpty && !signals.stop.aborted) await flush(batch, signals.delivery)
    return any
  }
  return {
    async run(stop) {
      const delivery = new AbortController()
      const onStop = (): void => void setTimeout(() => delivery.abort(), stopDeliveryMs).unref()
      stop.addEventListener('abort', onStop, { once: true })
      const signals = { stop, delivery: delivery.signal }
      const fault = (text: string): void => note('offsets', text)
      const opened = createOpenFiles(config.openFiles)
      files = opened
      const registry = await readRegistry(folder, now(), fault)
      const set = createFollowedSet({ registry, files: opened, now })
      followed = set
      state.running = true
      try {
        while (!stop.aborted) {
          await refresh(set, stop)
          if (!(await round(set, signals))) await delay(pollMs, undefined, { signal: stop })
        }
      } catch (error) {
        if (!stop.aborted) throw error
      } finally {
        state.running = false
        stop.removeEventListener('abort', onStop)
        await save()
        await opened[Symbol.asyncDispose]()
      }
    },
    status() {
      const all = followed?.all ?? []
      return {
        ...state,
        notes: [...notes.values()],
        collectAll: config.collectAll,
        folder: config.podLogsDir,
        truncated: all.reduce((sum, one) => sum + one.log.truncated, 0),
        unreadBytes: all.reduce((sum, one) => sum + one.log.unreadBytes, 0),
        openFiles: files?.size ?? 0,
        containers: all
          .map(({ target: { name }, lines, log: { files: count, unreadBytes } }) => ({
            ...{ name, lines, files: count, unreadBytes },
          }))
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .slice(0, SHOWN_CONTAINERS),
      }
    },
  }
}

interface Signals {
  readonly stop: AbortSignal
  /** Fires a little later: what a sink is about to take is waited for. */
  readonly delivery: AbortSignal
}
