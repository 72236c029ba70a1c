import { rfc3339 } from '../../core/index.ts'
import type { Pod, PodCondition } from '../../kube/index.ts'
import { isReady, isSidecar, type ContainerRecord } from './container-record.ts'
import { isInitialized } from './pod-phase.ts'
import type { PodFacts } from './pod-status.ts'

/** A pod's conditions (pkg/kubelet/status/generate.go, 1.36), and those that others have set. */
export function conditionsOf(
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
  const { generation } = facts.pod.metadata
  return {
    type: condition.type,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: condition.status,
    lastProbeTime: null,
    lastTransitionTime: unchanged ? (before.lastTransitionTime ?? '') : rfc3339(facts.now),
    ...(condition.reason === undefined ? {} : { reason: condition.reason }),
    ...(condition.message === undefined ? {} : { message: condition.message }),
  }
}
