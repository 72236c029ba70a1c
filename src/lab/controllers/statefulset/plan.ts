import {
  isPodReady,
  type Pod,
  type PodTemplateSpec,
  type StatefulSet,
} from '../../../kube/index.ts'
import { amountOf } from '../common/amount.ts'
import { hasEnded, isAvailable, isEnding, nextAvailable } from '../common/pod-facts.ts'
import { positive } from '../replicaset/plan.ts'
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
  const start = firstOrdinal(set)
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
function updateSteps(look: Look): Steps {
  const { set, update, isHealthy } = look
  if (set.spec.updateStrategy?.type === 'OnDelete') return NOTHING
  const most = mostUnavailable(look)
  const remove: Pod[] = []
  let missing = 0
  for (const pod of replicasToUpdate(look)) {
    if (pod === undefined) break
    if (!isOfRevision(pod, update) && !isEnding(pod)) remove.push(pod)
    else if (!isHealthy(pod)) missing += 1
    if (missing + remove.length >= most) break
  }
  return { remove }
}

/** How many replicas an update may leave without a healthy pod: one at least, or it would never end. */
function mostUnavailable({ set, replicas }: Look): number {
  const { maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {}
  return Math.max(1, amountOf(maxUnavailable, replicas.length, 'up'))
}

/** The replicas from the partition on, the highest ordinal first. */
function replicasToUpdate({ set, replicas }: Look): (Pod | undefined)[] {
  const { partition = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {}
  return replicas.slice(Math.max(0, partition - firstOrdinal(set))).reverse()
}

const firstOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0

const isOfRevision = (pod: Pod, revision: SetRevision): boolean =>
  pod.metadata.labels?.[REVISION_LABEL] === revision.name

/** Below the partition a pod is made of the current revision, elsewhere of the newest. */
function newPod(look: Look, index: number): { ordinal: number; pod: Pod } {
  const { set, current, update } = look
  const ordinal = firstOrdinal(set) + index
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  const isOld = type === 'RollingUpdate' && ordinal < (rollingUpdate?.partition ?? 0)
  const { name, template } = isOld ? current : update
  return { ordinal, pod: statefulPod(set, template, ordinal, name) }
}

function statusOf(
  look: Look,
  pods: readonly Pod[],
  now: number,
): NonNullable<StatefulSet['status']> {
  const { set, update } = look
  const { minReadySeconds = 0 } = set.spec
  const count = (is: (pod: Pod) => boolean): number => pods.filter(is).length
  const countOf = (revision: SetRevision): number =>
    count((pod) => !isEnding(pod) && isOfRevision(pod, revision))
  const ready = count((pod) => isRunning(pod) && isPodReady(pod))
  const updated = countOf(update)
  // When the update is over, the newest revision is the current one.
  const current = isUpdated(look, pods, { ready, updated }) ? update : look.current
  const { collisionCount, conditions } = set.status ?? {}
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...positive({
      readyReplicas: ready,
      currentReplicas: countOf(current),
      updatedReplicas: updated,
    }),
    currentRevision: current.name,
    updateRevision: update.name,
    collisionCount: collisionCount ?? 0,
    availableReplicas: count((pod) => isRunning(pod) && isAvailable(pod, minReadySeconds, now)),
    ...(conditions ? { conditions } : {}),
  }
}

/** Whether a rolling update is over: each wished pod is there, ready, and of the newest revision. */
function isUpdated(
  { set, replicas }: Look,
  pods: readonly Pod[],
  { ready, updated }: { readonly ready: number; readonly updated: number },
): boolean {
  if (set.spec.updateStrategy?.type === 'OnDelete') return false
  return [replicas.length, ready, updated].every((count) => count === pods.length)
}
