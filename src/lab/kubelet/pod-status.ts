import { rfc3339 } from '../../core/index.ts'
import {
  qosClassOf,
  type ContainerState,
  type ContainerStatus,
  type Pod,
  type PodCondition,
  type PodStatus,
} from '../../kube/index.ts'
import {
  hasExited,
  hasStarted,
  isMain,
  isSidecar,
  succeeded,
  type ContainerRecord,
} from './container-record.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import type { PodFailure } from './pod-deadline.ts'
import { isInitialized, phaseOf } from './pod-phase.ts'
import { withShortMessages } from './termination-message.ts'

export interface PodFacts {
  readonly pod: Pod
  readonly records: readonly ContainerRecord[]
  readonly hostIp: string
  readonly podIp: string | undefined
  readonly sandboxReady: boolean
  readonly startedAt: number
  /** It has failed as a whole. */
  readonly failure?: PodFailure | undefined
  readonly idPrefix: string
  readonly now: number
  /** Conditions keep their `lastTransitionTime` while they do not change. */
  readonly previous: PodStatus | undefined
}

/** The pod's status as the kubelet writes it (1.36). A pure function of what the worker knows. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, records, hostIp, podIp } = facts
  const init = records.filter((record) => record.init)
  const main = records.filter(isMain)
  const ephemeral = records.filter((record) => record.ephemeral)
  const { failure } = facts
  const phase = failure ? 'Failed' : phaseOf(pod, init, main)
  return {
    phase,
    ...failure,
    conditions: conditionsOf(facts, init, main, phase),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: rfc3339(facts.startedAt),
    ...statuses(facts, init, main, ephemeral),
    qosClass: qosClassOf(pod),
  }
}

function statuses(
  facts: PodFacts,
  init: readonly ContainerRecord[],
  main: readonly ContainerRecord[],
  ephemeral: readonly ContainerRecord[],
): Partial<PodStatus> {
  const all = [...init, ...main, ...ephemeral]
  const short = withShortMessages(all.map((record) => containerStatus(record, facts)))
  const afterMain = init.length + main.length
  return {
    ...(init.length === 0 ? {} : { initContainerStatuses: short.slice(0, init.length) }),
    containerStatuses: short.slice(init.length, afterMain),
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: short.slice(afterMain) }),
  }
}

export function isReady(record: ContainerRecord): boolean {
  if (record.ephemeral) return false
  if (record.init && !isSidecar(record)) return succeeded(record)
  return hasStarted(record) && (!record.spec.readinessProbe || record.probedReady === true)
}

function containerStatus(record: ContainerRecord, facts: PodFacts): ContainerStatus {
  const { info } = record
  const id = info ? { containerID: facts.idPrefix + info.id } : {}
  const waitsForInit = !record.ephemeral && facts.records.some((other) => other.init)
  const state: ContainerState = record.waiting
    ? { waiting: record.waiting }
    : (stateOf(record, facts.idPrefix) ?? {
        waiting: { reason: waitsForInit ? 'PodInitializing' : 'ContainerCreating' },
      })
  return {
    name: record.spec.name,
    state,
    lastState: lastState(record, facts.idPrefix),
    ready: isReady(record),
    restartCount: record.restarts,
    image: record.spec.image,
    imageID: info?.imageId ?? '',
    ...id,
    ...(record.ephemeral ? {} : { started: hasStarted(record) }),
  }
}

function lastState(record: ContainerRecord, prefix: string): ContainerState {
  // While a container waits for its restart, what ended is its last state.
  if (record.waiting && hasExited(record)) return stateOf(record, prefix) ?? {}
  return record.lastTerminated ? { terminated: record.lastTerminated } : {}
}

/** The state of the record's newest container; undefined while it is being created. */
export function stateOf(
  { info, message }: Pick<ContainerRecord, 'info' | 'message'>,
  idPrefix: string,
): ContainerState | undefined {
  if (info?.phase === 'running')
    return { running: { startedAt: rfc3339(info.startedAt ?? info.createdAt) } }
  if (info?.phase !== 'exited') return undefined
  const exitCode = info.exitCode ?? 137
  return {
    terminated: {
      exitCode,
      reason: reasonOf(info, exitCode),
      ...(message ? { message } : {}),
      startedAt: rfc3339(info.startedAt ?? info.createdAt),
      finishedAt: rfc3339(info.finishedAt ?? info.createdAt),
      containerID: idPrefix + info.id,
    },
  }
}

function reasonOf({ startError }: ContainerInfo, exitCode: number): string {
  if (startError !== undefined) return 'ContainerCannotRun'
  return exitCode === 0 ? 'Completed' : 'Error'
}

function conditionsOf(
  facts: PodFacts,
  init: readonly ContainerRecord[],
  main: readonly ContainerRecord[],
  phase: string,
): PodCondition[] {
  const unready = [...init.filter(isSidecar), ...main]
    .filter((record) => !isReady(record))
    .map((record) => record.spec.name)
  const uninitialized = init
    .filter((record) => !isInitialized(record, main))
    .map((record) => record.spec.name)
  const containersReady = unready.length === 0 ? {} : notReady(phase, 'status', unready)
  const initialized =
    uninitialized.length === 0
      ? phase === 'Succeeded'
        ? { reason: 'PodCompleted' }
        : {}
      : {
          status: 'False' as const,
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${uninitialized.join(' ')}]`,
        }
  const wanted: (Partial<PodCondition> & { type: string })[] = [
    { type: 'PodReadyToStartContainers', status: facts.sandboxReady ? 'True' : 'False' },
    { type: 'Initialized', ...initialized },
    { type: 'Ready', ...(unready.length === 0 ? gatesOf(facts.pod) : containersReady) },
    { type: 'ContainersReady', ...containersReady },
    { type: 'PodScheduled' },
  ]
  const own = wanted.map((condition) => settle({ status: 'True', ...condition }, facts))
  // What others say of the pod, such as its readiness gates, stays.
  const names = new Set(own.map(({ type }) => type))
  const others = (facts.pod.status?.conditions ?? []).filter(({ type }) => !names.has(type))
  return [...others, ...own]
}

/** Conditions that others have to set before the pod is ready (GeneratePodReadyCondition). */
function gatesOf({ spec, status }: Pod): Partial<PodCondition> {
  const messages = (spec.readinessGates ?? []).flatMap(({ conditionType: type }) => {
    const found = status?.conditions?.find((one) => one.type === type)
    if (!found) return [`corresponding condition of pod readiness gate "${type}" does not exist.`]
    const { status: is } = found
    const why = `the status of pod readiness gate "${type}" is not "True", but ${is}`
    return is === 'True' ? [] : [why]
  })
  if (messages.length === 0) return {}
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') }
}

function notReady(phase: string, what: string, names: string[]): Partial<PodCondition> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  return {
    status: 'False',
    reason: phase === 'Failed' ? 'PodFailed' : 'ContainersNotReady',
    message: `containers with unready ${what}: [${names.join(' ')}]`,
  }
}

function settle(condition: PodCondition, facts: PodFacts): PodCondition {
  const before = facts.previous?.conditions?.find((other) => other.type === condition.type)
  const unchanged = before?.status === condition.status && before.lastTransitionTime !== undefined
  return {
    type: condition.type,
    status: condition.status,
    lastProbeTime: null,
    lastTransitionTime: unchanged ? (before.lastTransitionTime ?? '') : rfc3339(facts.now),
    ...(condition.reason === undefined ? {} : { reason: condition.reason }),
    ...(condition.message === undefined ? {} : { message: condition.message }),
  }
}
