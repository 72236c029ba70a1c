import type { ContainerInfo } from '../runtime/types.ts'
import {
  backOffAfterExit,
  hasExited,
  hasStarted,
  isMain,
  isRunning,
  isSidecar,
  succeeded,
  type ContainerRecord,
} from './container-record.ts'
import { isOver, restarts } from './pod-phase.ts'
import type { PodState } from './pod-state.ts'
import { showBackOff, startContainer } from './start-container.ts'
import { terminationMessage } from './termination-message.ts'

/** What failed is looked at again this soon, so that its state can change from the error to the back-off. */
const LOOK_AGAIN_MS = 1000

/**
 * Ephemeral containers at once, init containers one after the other, then the containers; each is started if it shall
 * run now. A sidecar holds back what is after it only until it has started for the first time. Returns when to come back without an event, in milliseconds since 1970.
 */
export async function syncContainers(state: PodState, sandboxId: string): Promise<number> {
  refreshRecords(state)
  if (isOver(state.pod, state.records)) return Infinity
  const next: number[] = []
  for (const record of state.records.filter(({ ephemeral }) => ephemeral)) {
    next.push(await ensure(record, state, sandboxId))
  }
  for (const record of state.records.filter(({ init }) => init)) {
    if (!isSidecar(record) && succeeded(record)) continue
    next.push(await ensure(record, state, sandboxId))
    if (!hasPassed(record)) return Math.min(...next)
  }
  for (const record of state.records.filter(isMain)) {
    next.push(await ensure(record, state, sandboxId))
  }
  return Math.min(Infinity, ...next)
}

function hasPassed(record: ContainerRecord): boolean {
  if (!isSidecar(record)) return false
  record.hasPassed ||= hasStarted(record)
  return record.hasPassed
}

/** Takes over what the runtime says of each container. */
export function refreshRecords(state: PodState): void {
  for (const record of state.records) {
    if (!record.info) continue
    const now = state.clock.now()
    const info = state.runtime.get(record.info.id) ?? vanished(record.info, now)
    record.info = info
    if (info.phase === 'exited' && record.exitSeen !== info.id) {
      record.exitSeen = info.id
      record.backOff = backOffAfterExit(record.backOff, info, now)
      record.message = terminationMessage(record.spec, info)
      state.prober.stop(info.id)
    }
  }
}

async function ensure(
  record: ContainerRecord,
  state: PodState,
  sandboxId: string,
): Promise<number> {
  if (isRunning(record)) return Infinity
  if (hasExited(record) && !restarts(record, state.pod)) return Infinity
  const { clock, pod, bell, addresses } = state
  const now = clock.now()
  if (now < record.backOff.until) {
    const before = record.waiting?.reason
    const until = showBackOff(record, state.fullName, now)
    if (record.waiting?.reason !== before) tellBackOff(record, state)
    return until
  }
  const started = await startContainer(record, {
    ...state,
    volumes: state.mounts,
    sandboxId,
    signal: AbortSignal.any([state.signal, state.ending.signal]),
    now: () => clock.now(),
  })
  if (!started) {
    if (hasExited(record) && !restarts(record, pod)) record.waiting = undefined
    const { name } = record.spec
    state.log.warn(
      { pod: state.fullName, container: name, why: record.waiting?.reason },
      'container not started',
    )
    return Math.min(record.backOff.until, now + LOOK_AGAIN_MS)
  }
  state.metrics.startedContainers.inc({ container_type: typeOf(record) })
  if (isMain(record) || isSidecar(record)) {
    state.prober.start(record, { pod, podIp: addresses.podIp, changed: () => bell.ring() })
  }
  return Infinity
}

/** As the kubelet's metrics name it. */
function typeOf({ init, ephemeral }: ContainerRecord): string {
  if (init) return 'init_container'
  return ephemeral ? 'ephemeral_container' : 'container'
}

function tellBackOff(record: ContainerRecord, { tell, pod, fullName }: PodState): void {
  const { reason } = record.waiting ?? {}
  const { name, image } = record.spec
  if (reason === 'CrashLoopBackOff') {
    const text = `Back-off restarting failed container ${name} in pod ${fullName}`
    tell(pod, record, 'Warning', 'BackOff', text)
  } else if (reason === 'ImagePullBackOff') {
    tell(pod, record, 'Normal', 'BackOff', `Back-off pulling image "${image}"`)
    tell(pod, record, 'Warning', 'Failed', 'Error: ImagePullBackOff')
  }
}

/** A container that the runtime does not know any more has ended. */
function vanished(info: ContainerInfo, now: number): ContainerInfo {
  if (info.phase === 'exited') return info
  return { ...info, phase: 'exited', exitCode: 137, finishedAt: now }
}
