import { describeError } from '../../core/index.ts'
import { qosClassOf } from '../../kube/index.ts'
import { isRunning } from './container-record.ts'
import { removePodLogs } from './log-files.ts'
import { DEADLINE_EXCEEDED, podDeadline, type PodFailure } from './pod-deadline.ts'
import { isOver } from './pod-phase.ts'
import { podProcesses } from './pod-processes.ts'
import { hasEnded, publish, resetRetry, retryAt, sandboxOf, type PodState } from './pod-state.ts'
import { stopContainers } from './stop-containers.ts'
import { refreshRecords, syncContainers } from './sync-containers.ts'

const DEFAULT_GRACE_S = 30
const MAX_HOSTNAME = 63

/** One pass over a pod: volumes, sandbox, containers, status. Returns when the next one is due without an event. */
export async function syncPod(state: PodState): Promise<number> {
  if (hasEnded(state)) return Infinity
  if (state.status === undefined) publish(state)
  const deadline = podDeadline(state.pod, state.startedAt)
  if (state.clock.now() >= deadline) return await failPod(state, DEADLINE_EXCEEDED)
  return Math.min(deadline, await syncRunning(state))
}

/** Ends the pod's containers within its grace time; it has failed then, whatever their exit codes are. */
async function failPod(state: PodState, failure: PodFailure): Promise<number> {
  state.tell(state.pod, undefined, 'Normal', failure.reason, failure.message)
  await endSandbox(state, graceMs(state))
  state.failure = failure
  publish(state)
  return Infinity
}

async function syncRunning(state: PodState): Promise<number> {
  const upToDate = await syncVolumes(state)
  if (!state.volumesReady) {
    publish(state)
    return retryAt(state)
  }
  let next: number
  try {
    next = await syncContainers(state, await ensureSandbox(state))
  } catch (error) {
    state.metrics.startedPodErrors.inc()
    const why = describeError(error)
    state.log.warn({ pod: state.fullName, error: why }, 'cannot start the pod; trying again')
    next = retryAt(state)
  }
  publish(state)
  if (isOver(state.pod, state.records)) {
    await endSandbox(state, graceMs(state))
    publish(state)
    return Infinity
  }
  return Math.min(next, upToDate ? state.mounts.nextSync() : retryAt(state))
}

/** The end of a deleted pod: containers within its grace time, sandbox, volumes, logs; then it is released. */
export async function endPod(state: PodState): Promise<void> {
  const { metadata } = state.pod
  await endSandbox(state, state.deleted ? 0 : graceMs(state))
  await state.mounts.remove()
  await removePodLogs(state.nodeRootDir, { ...state, name: metadata.name ?? '' })
  await state.released(state.pod)
}

function graceMs({ pod: { metadata, spec } }: PodState): number {
  const { deletionGracePeriodSeconds: wanted } = metadata
  return (wanted ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S) * 1000
}

/** False while something is missing: the caller comes back. */
async function syncVolumes(state: PodState): Promise<boolean> {
  const { mounts, clock } = state
  if (state.volumesReady && !state.changed && clock.now() < mounts.nextSync()) return true
  state.changed = false
  try {
    await mounts.sync(state.pod, state.addresses)
    state.volumesReady = true
    resetRetry(state)
    return true
  } catch (error) {
    state.log.debug({ pod: state.fullName, error: describeError(error) }, 'volumes are not ready')
    tellMountFailure(state, error)
    state.changed = true
    return false
  }
}

function tellMountFailure(state: PodState, error: unknown): void {
  const why = `MountVolume.SetUp failed for volume: ${describeError(error)}`
  state.tell(state.pod, undefined, 'Warning', 'FailedMount', why)
}

async function ensureSandbox(state: PodState): Promise<string> {
  const { runtime, pod } = state
  if (state.sandboxId !== undefined) {
    if (sandboxOf(state)?.phase === 'running') return state.sandboxId
    // The sandbox died: the containers go with it, and the pod gets a new one.
    refreshRecords(state)
    await runtime.removeSandbox(state.sandboxId, 0).catch(() => undefined)
  }
  await state.hostPorts.open(pod)
  const { processes, warning } = podProcesses(pod.spec, runtime.kind)
  if (warning !== undefined) state.tell(pod, undefined, 'Warning', 'HostPIDNotGranted', warning)
  const created = await runtime.runSandbox({
    podName: pod.metadata.name ?? '',
    podNamespace: state.namespace,
    podUid: state.uid,
    podIp: state.addresses.podIp,
    hostNetwork: state.hostNetwork,
    hostname: hostnameOf(state),
    hostAliases: pod.spec.hostAliases ?? [],
    qosClass: qosClassOf(pod),
    ...(processes === undefined ? {} : { processes }),
  })
  state.sandboxId = created.id
  state.metrics.startedPods.inc()
  return created.id
}

/** What HOSTNAME is in its containers: the node's on the host's network, else the spec's or the pod's name. */
function hostnameOf({ pod, hostNetwork, nodeName }: PodState): string {
  if (hostNetwork) return nodeName
  const { hostname = pod.metadata.name ?? '' } = pod.spec
  return hostname.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '')
}

async function endSandbox(state: PodState, graceMs: number): Promise<void> {
  const { runtime, records, sandboxId } = state
  await state.hostPorts.close()
  if (sandboxId === undefined) return
  for (const record of records.filter(isRunning)) {
    state.tell(state.pod, record, 'Normal', 'Killing', `Stopping container ${record.spec.name}`)
  }
  await stopContainers(records, graceMs, state)
  // What the runtime says of them, while it still knows them.
  refreshRecords(state)
  await runtime.removeSandbox(sandboxId, 0).catch((error: unknown) => {
    const why = describeError(error)
    state.log.warn({ pod: state.fullName, error: why }, 'cannot remove the sandbox')
  })
}
