import {
  isPodReady,
  type Pod,
  type PodTemplateSpec,
  type StatefulSet,
} from '../../../kube/index.ts'
import { amountOf } from '../common/amount.ts'
import { hasEnded, isAvailable, isEnding, nextAvailable } from '../common/pod-facts.ts'
import { REVISION_LABEL } from '../revisions/revisions.ts'
import { ordinalOf, statefulPod } from './pods.ts'

/** A revision of the template. */
export interface SetRevision {
  /** The ControllerRevision's name; pods wear it as a label. */
  readonly name: string
  readonly template: PodTemplateSpec
}

export interface StatefulSetPlan {
  readonly create: readonly { readonly ordinal: number; readonly pod: Pod }[]
  readonly remove: readonly Pod[]
  readonly status: NonNullable<StatefulSet['status']>
  /** When to look again without a change, in milliseconds since 1970. */
  readonly nextAt: number | undefined
}

interface Look {
  readonly set: StatefulSet
  /** By their place: the first ordinal is at 0. Undefined: the pod is missing. */
  readonly replicas: readonly (Pod | undefined)[]
  /** Of ordinals beyond the wished ones, the highest first. */
  readonly condemned: readonly Pod[]
  readonly current: SetRevision
  readonly update: SetRevision
  readonly isHealthy: (pod: Pod) => boolean
}

/**
 * One look at a StatefulSet (stateful_set_control.go, updateStatefulSet). With OrderedReady it does one thing at a
 * time: each pod waits until those before it are ready. `current` is where a rolling update comes from.
 */
export function planStatefulSet(
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: { readonly current: SetRevision; readonly update: SetRevision },
  now: number,
): StatefulSetPlan {
  const { replicas: wished = 1, minReadySeconds = 0 } = set.spec
  const start = set.spec.ordinals?.start ?? 0
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]))
  const look: Look = {
    set,
    replicas: Array.from({ length: wished }, (_, index) => byOrdinal.get(start + index)),
    condemned: [...byOrdinal]
      .filter(([ordinal]) => ordinal >= 0 && (ordinal < start || ordinal >= start + wished))
      .sort(([a], [b]) => b - a)
      .map(([, pod]) => pod),
    ...revisions,
    isHealthy: (pod) => isRunning(pod) && isAvailable(pod, minReadySeconds, now) && !isEnding(pod),
  }
  const steps = set.metadata.deletionTimestamp ? NOTHING : stepsOf(look)
  const status = statusOf(look, pods, now)
  return { ...NOTHING, ...steps, status, nextAt: nextAvailable(pods, minReadySeconds, now) }
}

type Steps = Partial<Pick<StatefulSetPlan, 'create' | 'remove'>>
const NOTHING: Required<Steps> = { create: [], remove: [] }
const isRunning = (pod: Pod): boolean => pod.status?.phase === 'Running'

function stepsOf(look: Look): Steps {
  return isOrdered(look.set) ? orderedSteps(look) : parallelSteps(look)
}

const isOrdered = ({ spec }: StatefulSet): boolean => spec.podManagementPolicy !== 'Parallel'

function orderedSteps(look: Look): Steps {
  for (const [index, pod] of look.replicas.entries()) {
    if (pod === undefined) return { create: [newPod(look, index)] }
    if (isEnding(pod)) return NOTHING
    if (hasEnded(pod)) return { remove: [pod] }
    if (!look.isHealthy(pod)) return NOTHING
  }
  const [last] = look.condemned
  if (last !== undefined) return isEnding(last) ? NOTHING : { remove: [last] }
  return updateSteps(look)
}

function parallelSteps(look: Look): Steps {
  const create = look.replicas.flatMap((pod, index) =>
    pod === undefined ? [newPod(look, index)] : [],
  )
  const ended = look.replicas.filter((pod) => pod !== undefined && !isEnding(pod) && hasEnded(pod))
  const remove = [...(ended as Pod[]), ...look.condemned.filter((pod) => !isEnding(pod))]
  if (create.length + remove.length > 0) return { create, remove }
  return updateSteps(look)
}

/** Pods of another revision go, the highest ordinal first, as many at a time as may be missing. */
function updateSteps({ set, replicas, update, isHealthy }: Look): Steps {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  if (type === 'OnDelete') return NOTHING
  const { partition = 0, maxUnavailable = 1 } = rollingUpdate ?? {}
  const first = Math.max(0, partition - (set.spec.ordinals?.start ?? 0))
  const most = Math.max(1, amountOf(maxUnavailable, replicas.length, 'up'))
  const remove: Pod[] = []
  let missing = 0
  for (const pod of replicas.slice(first).reverse()) {
    if (pod === undefined) return { remove }
    const isOld = pod.metadata.labels?.[REVISION_LABEL] !== update.name
    if (isOld && !isEnding(pod)) {
      if (missing + remove.length >= most) return { remove }
      remove.push(pod)
    } else if (!isHealthy(pod)) missing += 1
    if (missing + remove.length >= most) return { remove }
  }
  return { remove }
}

/** Below the partition a pod is made of the current revision, elsewhere of the newest. */
function newPod(look: Look, index: number): { ordinal: number; pod: Pod } {
  const { set, current, update } = look
  const ordinal = (set.spec.ordinals?.start ?? 0) + index
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  const isOld = type === 'RollingUpdate' && ordinal < (rollingUpdate?.partition ?? 0)
  const { name, template } = isOld ? current : update
  return { ordinal, pod: statefulPod(set, template, ordinal, name) }
}

function statusOf(
  { set, current, update, replicas }: Look,
  pods: readonly Pod[],
  now: number,
): NonNullable<StatefulSet['status']> {
  const { minReadySeconds = 0, updateStrategy } = set.spec
  const count = (is: (pod: Pod) => boolean): number => pods.filter(is).length
  const revisionIs =
    (name: string) =>
    (pod: Pod): boolean =>
      !isEnding(pod) && pod.metadata.labels?.[REVISION_LABEL] === name
  const ready = count((pod) => isRunning(pod) && isPodReady(pod))
  const updated = count(revisionIs(update.name))
  const done =
    updateStrategy?.type !== 'OnDelete' &&
    updated === pods.length &&
    ready === pods.length &&
    pods.length === replicas.length
  const currentReplicas = done ? updated : count(revisionIs(current.name))
  const { collisionCount, conditions } = set.status ?? {}
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    ...(currentReplicas > 0 ? { currentReplicas } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    currentRevision: done ? update.name : current.name,
    updateRevision: update.name,
    collisionCount: collisionCount ?? 0,
    availableReplicas: count((pod) => isRunning(pod) && isAvailable(pod, minReadySeconds, now)),
    ...(conditions ? { conditions } : {}),
  }
}
