import type { Deployment, ReplicaSet } from '../../../kube/index.ts'
import { createdAt } from '../common/pod-facts.ts'
import { DESIRED, MAX_REPLICAS } from './annotations.ts'
import type { Draft } from './draft.ts'
import { availableOf, isRolling, maxSurge, sizeOf, totalSize, wishedOf } from './replica-sets.ts'

const isActive = (set: ReplicaSet): boolean => sizeOf(set) > 0

/** Whether somebody changed the deployment's size since its ReplicaSets were sized. */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.filter(isActive).some(({ metadata }) => {
    const desired = metadata.annotations?.[DESIRED]
    return desired !== undefined && Number(desired) !== wishedOf(deployment)
  })
}

/** Changes sizes outside of a rollout, in proportion when several ReplicaSets are in use (deployment sync.go, scale). */
export function scaleSets(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  draft: Draft,
): void {
  const wished = wishedOf(deployment)
  const active = [...(newSet ? [newSet] : []), ...oldSets].filter(isActive)
  if (active.length <= 1) {
    const only = active[0] ?? newSet ?? oldSets.at(-1)
    if (only !== undefined && sizeOf(only) !== wished) draft.scale(only, wished)
    return
  }
  if (newSet !== undefined && isSaturated(deployment, newSet)) {
    for (const set of oldSets.filter(isActive)) draft.scale(set, 0)
    return
  }
  if (isRolling(deployment)) scaleInProportion(deployment, active, draft)
}

function isSaturated(deployment: Deployment, newSet: ReplicaSet): boolean {
  const wished = wishedOf(deployment)
  return sizeOf(newSet) === wished && availableOf(newSet) === wished
}

function scaleInProportion(
  deployment: Deployment,
  active: readonly ReplicaSet[],
  draft: Draft,
): void {
  const wished = wishedOf(deployment)
  const allowed = wished > 0 ? wished + maxSurge(deployment) : 0
  const toAdd = allowed - totalSize(active)
  // The largest first; of equals the newest when growing, the oldest when shrinking.
  const sorted = [...active].sort(
    (a, b) =>
      sizeOf(b) - sizeOf(a) ||
      (toAdd > 0 ? createdAt(b) - createdAt(a) : createdAt(a) - createdAt(b)),
  )
  let added = 0
  const sizes = sorted.map((set) => {
    const share = toAdd === 0 ? 0 : shareOf(deployment, set, allowed, toAdd - added)
    added += share
    return sizeOf(set) + share
  })
  for (const [index, set] of sorted.entries()) {
    const left = index === 0 ? toAdd - added : 0
    draft.scale(set, Math.max(0, (sizes[index] ?? 0) + left))
  }
}

/** A ReplicaSet's part of what is added or taken away, as its part of all was (getReplicaSetFraction). */
function shareOf(deployment: Deployment, set: ReplicaSet, allowed: number, left: number): number {
  const size = sizeOf(set)
  if (wishedOf(deployment) === 0) return left < 0 ? Math.max(-size, left) : 0
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? 0) || wishedOf(deployment)
  const share = Math.round((size * allowed) / before) - size
  return left > 0 ? Math.min(Math.max(share, 0), left) : Math.max(Math.min(share, 0), left)
}
