import { rfc3339 } from '../../core/index.ts'
import {
  qosClassOf,
  type ContainerState,
  type ContainerStatus,
  type Pod,
  type PodStatus,
} from '../../kube/index.ts'
import { hasExited, hasStarted, isMain, isReady, type ContainerRecord } from './container-record.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import type { PodFailure } from './pod-deadline.ts'
import { conditionsOf } from './pod-conditions.ts'
import { phaseOf } from './pod-phase.ts'
import { attachments, podResources } from './status-resources.ts'
import { withoutDoubt } from './unknown-end.ts'
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
  const { generation } = pod.metadata
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...failure,
    conditions: conditionsOf(facts, init, main, phase),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: rfc3339(facts.startedAt),
    ...statuses(facts, init, main, ephemeral),
    qosClass: qosClassOf(pod),
    ...podResources(pod),
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
  const own = {
    ...(init.length === 0 ? {} : { initContainerStatuses: short.slice(0, init.length) }),
    containerStatuses: short.slice(init.length, afterMain),
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: short.slice(afterMain) }),
  }
  return facts.failure ? withoutDoubt(own) : own
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
    ...attachments(record),
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
