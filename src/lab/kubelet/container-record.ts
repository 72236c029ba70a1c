import type { Container, ContainerState } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'

/** What the pod worker knows about one container of the spec. */
export interface ContainerRecord {
  readonly spec: Container
  readonly init: boolean
  /** Added to a running pod for a look inside: it is started once, and nothing waits for it. */
  readonly ephemeral?: boolean
  /** Of the newest container, running or ended. */
  info?: ContainerInfo
  restarts: number
  /** How the one before ended. */
  lastTerminated?: ContainerState['terminated'] | undefined
  /** Why there is none now. */
  waiting?: { reason: string; message?: string } | undefined
  backOff: BackOff
  /** What the ended container had to say. */
  message?: string
  /** The id of the ended container for which `backOff` was set. */
  exitSeen?: string
  /** The ended container before `info`, kept for its logs until the next one ends. */
  previousId?: string
  /** Set by the prober; containers without a readiness probe are ready when they run. */
  probedReady?: boolean | undefined
  /** Set by the prober; containers without a startup probe have started when they run. */
  probedStarted?: boolean | undefined
  /** Of a sidecar: it has started once, and what comes after it waits for it no longer. */
  hasPassed?: boolean
  /** The id of the container whose preStop hook has run or is running. */
  preStopOf?: string
}

/** Where a container stands in its pod's spec. */
export type ContainerList = 'initContainers' | 'containers' | 'ephemeralContainers'

/** How long to wait before the next try, and until when (milliseconds since 1970). */
export interface BackOff {
  readonly delayMs: number
  readonly until: number
}

export const NO_BACK_OFF: BackOff = { delayMs: 0, until: 0 }

const FIRST_MS = 10_000
const MAX_MS = 300_000
/** A container that ran this long starts over without a delay. */
const RESET_AFTER_MS = 2 * MAX_MS

/** The delay after this one: 10 s, doubled each time, at most 5 min (the kubelet's MaxContainerBackOff). */
export function longer(delayMs: number): number {
  return delayMs === 0 ? FIRST_MS : Math.min(delayMs * 2, MAX_MS)
}

/** The first restart is at once, the next ones wait; a long run makes up for earlier failures. */
export function backOffAfterExit(previous: BackOff, info: ContainerInfo, now: number): BackOff {
  const ended = info.finishedAt ?? now
  const ran = ended - (info.startedAt ?? info.createdAt)
  const delayMs = ran >= RESET_AFTER_MS ? 0 : previous.delayMs
  return { delayMs, until: ended + delayMs }
}

export function createRecord(spec: Container, list: ContainerList): ContainerRecord {
  const init = list === 'initContainers'
  const ephemeral = list === 'ephemeralContainers'
  return { spec, init, ephemeral, restarts: 0, backOff: NO_BACK_OFF }
}

/** One of those that a pod is there for. */
export const isMain = (record: ContainerRecord): boolean => !record.init && !record.ephemeral

/** An init container that runs beside the containers for as long as they do (`restartPolicy: Always`). */
export const isSidecar = ({ init, spec }: ContainerRecord): boolean =>
  init && spec.restartPolicy === 'Always'

export const isRunning = (record: ContainerRecord): boolean => record.info?.phase === 'running'
/** It runs, and its startup probe, if it has one, has succeeded. */
export const hasStarted = (record: ContainerRecord): boolean =>
  isRunning(record) && (!record.spec.startupProbe || record.probedStarted === true)
export const hasExited = (record: ContainerRecord): boolean => record.info?.phase === 'exited'
export const succeeded = (record: ContainerRecord): boolean =>
  hasExited(record) && record.info?.exitCode === 0

/** As `ready` in its status. */
export function isReady(record: ContainerRecord): boolean {
  if (record.ephemeral) return false
  if (record.init && !isSidecar(record)) return succeeded(record)
  return hasStarted(record) && (!record.spec.readinessProbe || record.probedReady === true)
}
