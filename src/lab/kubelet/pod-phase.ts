import type { Pod, PodStatus } from '../../kube/index.ts'
import {
  hasExited,
  hasStarted,
  isMain,
  isRunning,
  isSidecar,
  succeeded,
  type ContainerRecord,
} from './container-record.ts'

type Records = readonly ContainerRecord[]

/** A pod's phase (kubelet_pods.go, getPhase, 1.36). It does not end while a container of it runs; how sidecars end says nothing. */
export function phaseOf(pod: Pod, init: Records, main: Records): NonNullable<PodStatus['phase']> {
  const policy = pod.spec.restartPolicy ?? 'Always'
  const sidecars = init.filter(isSidecar)
  const regular = init.filter((record) => !isSidecar(record))
  const hasFailed = regular.some((record) => hasExited(record) && !succeeded(record))
  if (hasFailed && policy === 'Never') return sidecars.some(isRunning) ? 'Pending' : 'Failed'
  if (regular.some((record) => !succeeded(record))) return 'Pending'
  if (!main.some(hasRun) && !sidecars.every(hasStarted)) return 'Pending'
  if (!main.every(hasRun)) return 'Pending'
  if ([...sidecars, ...main].some(isRunning) || policy === 'Always') return 'Running'
  if (main.every(succeeded)) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}

/** Whether nothing is left to do but to end the sidecars: the containers have ended, or an init container has failed, for good. */
export function isOver(pod: Pod, records: Records): boolean {
  const hasEnded = (record: ContainerRecord): boolean => hasExited(record) && !restarts(record, pod)
  const hasFailed = (record: ContainerRecord): boolean =>
    record.init && hasEnded(record) && !succeeded(record)
  return records.some(hasFailed) || records.filter(isMain).every(hasEnded)
}

/** Does another one come after it has ended? */
export function restarts(record: ContainerRecord, pod: Pod): boolean {
  if (record.ephemeral) return false
  if (isSidecar(record)) return true
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (record.init) return !succeeded(record) && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && !succeeded(record))
}

/** Of an init container: once a container has run, the pod is initialized, whatever becomes of its sidecars. */
export function isInitialized(record: ContainerRecord, main: Records): boolean {
  if (main.some(hasRun)) return true
  return isSidecar(record) ? hasStarted(record) : succeeded(record)
}

const hasRun = ({ info }: ContainerRecord): boolean =>
  info !== undefined && info.phase !== 'created'
