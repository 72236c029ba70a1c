import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, textOf, type Fields } from '../fields.ts'
import { count, isTrue, spec, status, text } from './printer.ts'

/** What `kubectl get pods` says of a pod in READY, STATUS and RESTARTS. */
export interface PodReason {
  readonly reason: string
  readonly ready: number
  readonly total: number
  readonly restarts: number
  readonly restartedAt: string | undefined
}

interface Count {
  restarts: number
  restartedAt: string | undefined
}

/** Works out the words of a pod's status from its containers' states (pkg/printers/internalversion, 1.36). */
export function podReason(pod: KubeObject): PodReason {
  const state = status(pod)
  const inits = new Map(listOf(spec(pod)['initContainers']).map((one) => [one['name'], one]))
  const isSidecar = (container: Fields): boolean =>
    inits.get(container['name'])?.['restartPolicy'] === 'Always'
  const sidecars = [...inits.values()].filter((one) => one['restartPolicy'] === 'Always')
  const total = listOf(spec(pod)['containers']).length + sidecars.length

  const init = initReason(listOf(state['initContainerStatuses']), isSidecar, inits.size)
  let { reason = waitingReason(state) } = init
  let { ready } = init
  let counted: Count = init.all
  if (init.reason === undefined || isTrue(state['conditions'], 'Initialized')) {
    const main = mainReason(listOf(state['containerStatuses']), reason, init.sidecars, state)
    reason = main.reason
    ready += main.ready
    counted = main.counted
  }
  const isEnded = state['phase'] === 'Succeeded' || state['phase'] === 'Failed'
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (state['reason'] === 'NodeLost') reason = 'Unknown'
    else if (!isEnded) reason = 'Terminating'
  }
  return { reason, ready, total, ...counted }
}

function waitingReason(state: Fields): string {
  const gated = listOf(state['conditions']).some(
    (one) => one['type'] === 'PodScheduled' && one['reason'] === 'SchedulingGated',
  )
  return gated ? 'SchedulingGated' : (textOf(state['reason']) ?? text(state['phase']))
}

function initReason(
  containers: readonly Fields[],
  isSidecar: (container: Fields) => boolean,
  total: number,
): { reason?: string; ready: number; all: Count; sidecars: Count } {
  const all: Count = { restarts: 0, restartedAt: undefined }
  const sidecars: Count = { restarts: 0, restartedAt: undefined }
  let ready = 0
  for (const [index, container] of containers.entries()) {
    addRestarts(all, container)
    const sidecar = isSidecar(container)
    if (sidecar) addRestarts(sidecars, container)
    const { terminated, waiting } = fieldsOf(container['state'])
    if (isFields(terminated) && count(terminated['exitCode']) === 0) continue
    if (sidecar && container['started'] === true) {
      if (container['ready'] === true) ready += 1
      continue
    }
    if (isFields(terminated)) {
      return { reason: `Init:${endReason(terminated)}`, ready, all, sidecars }
    }
    const why = textOf(fieldsOf(waiting)['reason'])
    const reason =
      why === undefined || why === 'PodInitializing' ? `Init:${index}/${total}` : `Init:${why}`
    return { reason, ready, all, sidecars }
  }
  return { ready, all, sidecars }
}

function mainReason(
  containers: readonly Fields[],
  before: string,
  sidecars: Count,
  state: Fields,
): { reason: string; ready: number; counted: Count } {
  const counted = { ...sidecars }
  let reason = before
  let ready = 0
  let isRunning = false
  for (const container of [...containers].reverse()) {
    addRestarts(counted, container)
    const { terminated, waiting, running } = fieldsOf(container['state'])
    const why = textOf(fieldsOf(waiting)['reason'])
    if (why !== undefined) reason = why
    else if (isFields(terminated)) reason = endReason(terminated)
    else if (container['ready'] === true && isFields(running)) {
      isRunning = true
      ready += 1
    }
  }
  // One container has ended, another still runs: the pod runs.
  if (reason === 'Completed' && isRunning) {
    reason = isTrue(state['conditions'], 'Ready') ? 'Running' : 'NotReady'
  }
  return { reason, ready, counted }
}

function endReason(terminated: Fields): string {
  const reason = textOf(terminated['reason'])
  if (reason !== undefined) return reason
  const signal = count(terminated['signal'])
  return signal === 0 ? `ExitCode:${count(terminated['exitCode'])}` : `Signal:${signal}`
}

function addRestarts(to: Count, container: Fields): void {
  to.restarts += count(container['restartCount'])
  const ended = textOf(fieldsOf(fieldsOf(container['lastState'])['terminated'])['finishedAt'])
  if (ended === undefined) return
  if (to.restartedAt === undefined || Date.parse(ended) > Date.parse(to.restartedAt)) {
    to.restartedAt = ended
  }
}
