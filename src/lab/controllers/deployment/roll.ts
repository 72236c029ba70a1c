import type { Deployment, ReplicaSet } from '../../../kube/index.ts'
import type { Draft } from './draft.ts'
import {
  availableOf,
  isRolling,
  maxSurge,
  maxUnavailable,
  sizeOf,
  totalAvailable,
  totalSize,
  wishedOf,
} from './replica-sets.ts'

/** How large the new ReplicaSet may be now (deploymentutil.NewRSNewReplicas). */
export function newSetSize(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSize: number,
): number {
  const wished = wishedOf(deployment)
  if (!isRolling(deployment)) return wished
  const room = wished + maxSurge(deployment) - totalSize(all)
  if (room <= 0) return newSize
  return newSize + Math.min(room, wished - newSize)
}

/** A step of a rolling update: first the new one grows, in the next look old ones shrink. */
export function roll(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  draft: Draft,
): void {
  const wished = wishedOf(deployment)
  if (newSet !== undefined) {
    const size = sizeOf(newSet)
    const all = [newSet, ...oldSets]
    const next = size > wished ? wished : newSetSize(deployment, all, size)
    if (size !== wished && draft.scale(newSet, next)) return
  }
  shrinkOld(deployment, newSet, oldSets, draft)
}

/** Old pods go as far as enough available ones stay; those that are of no use go first. */
function shrinkOld(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
  draft: Draft,
): void {
  if (totalSize(oldSets) === 0) return
  const all = newSet ? [newSet, ...oldSets] : oldSets
  const enough = wishedOf(deployment) - maxUnavailable(deployment)
  const newUnavailable = newSet ? sizeOf(newSet) - availableOf(newSet) : 0
  const most = totalSize(all) - enough - newUnavailable
  if (most <= 0) return
  let useless = 0
  for (const set of oldSets) {
    const idle = sizeOf(set) - availableOf(set)
    const fewer = Math.min(most - useless, idle)
    if (fewer <= 0) continue
    useless += fewer
    draft.scale(set, sizeOf(set) - fewer)
  }
  let spare = totalAvailable(all) - enough
  for (const set of oldSets) {
    const size = sizeOf(draft.now(set))
    const fewer = Math.min(spare, size)
    if (fewer <= 0) continue
    spare -= fewer
    draft.scale(set, size - fewer)
  }
}
