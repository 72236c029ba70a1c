import { rfc3339 } from '../../../core/index.ts'
import type { Condition, Deployment, ReplicaSet } from '../../../kube/index.ts'
import {
  findCondition,
  keepTransition,
  withCondition,
  withoutCondition,
} from '../common/conditions.ts'
import { positive } from '../replicaset/plan.ts'
import { maxUnavailable, totalAvailable, totalSize, wishedOf } from './replica-sets.ts'

type Status = NonNullable<Deployment['status']>
const NO_DEADLINE = 2 ** 31 - 1

/** Whether the deployment wants to be told when a rollout does not get on. */
export const hasDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE

export function condition(
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  now: number,
): Condition {
  const time = rfc3339(now)
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message }
}

/** Counts and the condition Available; the other conditions stay as they are (calculateStatus). */
export function countStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: number,
): Status {
  const sum = (field: 'replicas' | 'readyReplicas'): number =>
    all.reduce((total, set) => total + (set.status?.[field] ?? 0), 0)
  const available = totalAvailable(all)
  const enough = available >= wishedOf(deployment) - maxUnavailable(deployment)
  const { collisionCount, conditions = [] } = deployment.status ?? {}
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...positive({
      replicas: sum('replicas'),
      updatedReplicas: newSet?.status?.replicas ?? 0,
      readyReplicas: sum('readyReplicas'),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, totalSize(all) - available),
    }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(
      conditions,
      enough
        ? condition(
            'Available',
            'True',
            'MinimumReplicasAvailable',
            'Deployment has minimum availability.',
            now,
          )
        : condition(
            'Available',
            'False',
            'MinimumReplicasUnavailable',
            'Deployment does not have minimum availability.',
            now,
          ),
    ),
  }
}

/** All wished pods are of the new template and available, and none else is there. */
export function isComplete(deployment: Deployment, status: Status): boolean {
  const wished = wishedOf(deployment)
  return (
    (status.updatedReplicas ?? 0) === wished &&
    (status.replicas ?? 0) === wished &&
    (status.availableReplicas ?? 0) === wished &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function isProgressing({ status: before = {} }: Deployment, status: Status): boolean {
  const old = (of: Status): number => (of.replicas ?? 0) - (of.updatedReplicas ?? 0)
  return (
    (status.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(status) < old(before) ||
    (status.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

/** When a rollout that gets no further has taken too long, in milliseconds since 1970; undefined: it never has. */
export function deadlineOf(deployment: Deployment, status: Status): number | undefined {
  const progressing = findCondition(status.conditions ?? [], 'Progressing')
  if (!hasDeadline(deployment) || progressing === undefined) return undefined
  if (progressing.reason === 'NewReplicaSetAvailable') return undefined
  const from = Date.parse(progressing.lastUpdateTime ?? '') || 0
  return from + (deployment.spec.progressDeadlineSeconds ?? 600) * 1000
}

/** The status during and after a rollout: the counts, and how it gets on (progress.go, syncRolloutStatus). */
export function rolloutStatus(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: number,
): Status {
  const status = countStatus(deployment, newSet, all, now)
  let conditions = status.conditions ?? []
  const before = findCondition(conditions, 'Progressing')
  const settled =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    before?.reason === 'NewReplicaSetAvailable'
  if (!hasDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing')
  else if (!settled) conditions = withProgress(deployment, newSet, { ...status, conditions }, now)
  const failure = all.flatMap(
    (set) => findCondition(set.status?.conditions ?? [], 'ReplicaFailure') ?? [],
  )[0]
  conditions = failure
    ? withCondition(conditions, { lastUpdateTime: rfc3339(now), ...failure })
    : withoutCondition(conditions, 'ReplicaFailure')
  return { ...status, conditions }
}

function withProgress(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  status: Status,
  now: number,
): Condition[] {
  const conditions = status.conditions ?? []
  const before = findCondition(conditions, 'Progressing')
  const what = newSet
    ? `ReplicaSet "${newSet.metadata.name ?? ''}"`
    : `Deployment "${deployment.metadata.name ?? ''}"`
  const tell = (value: 'True' | 'False', reason: string, text: string): Condition =>
    condition('Progressing', value, reason, `${what} ${text}`, now)
  if (isComplete(deployment, status)) {
    const done = tell('True', 'NewReplicaSetAvailable', 'has successfully progressed.')
    return withCondition(conditions, done)
  }
  if (isProgressing(deployment, status)) {
    const moving = tell('True', 'ReplicaSetUpdated', 'is progressing.')
    return [...withoutCondition(conditions, 'Progressing'), keepTransition(before, moving)]
  }
  if ((deadlineOf(deployment, status) ?? Infinity) >= now) return conditions
  const late = tell('False', 'ProgressDeadlineExceeded', 'has timed out progressing.')
  return withCondition(conditions, late)
}
