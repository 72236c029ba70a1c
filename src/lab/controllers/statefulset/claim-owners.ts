import {
  PODS,
  STATEFULSETS,
  type OwnerReference,
  type PersistentVolumeClaim,
  type Pod,
  type StatefulSet,
} from '../../../kube/index.ts'
import { controllerReference } from '../common/owners.ts'
import { ordinalOf } from './pods.ts'

/**
 * Who a pod's claim shall go with, by the set's retention policy (stateful_set_utils.go): with `whenScaled: Delete` the
 * claim of a pod that is given up goes with that pod, with `whenDeleted: Delete` every other one with the set.
 * Undefined: its owners are as they shall be. Owners of other kinds stay.
 */
export function claimOwners(
  set: StatefulSet,
  pod: Pod,
  claim: PersistentVolumeClaim,
): OwnerReference[] | undefined {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  const goesWithPod = whenScaled === 'Delete' && isGivenUp(set, pod)
  const goesWithSet = whenDeleted === 'Delete' && !goesWithPod
  const before = claim.metadata.ownerReferences ?? []
  const isOurs = ({ uid }: OwnerReference): boolean =>
    uid === set.metadata.uid || uid === pod.metadata.uid
  const wanted = [
    ...(goesWithSet ? [controllerReference(STATEFULSETS, set)] : []),
    ...(goesWithPod ? [controllerReference(PODS, pod)] : []),
  ]
  const has = new Set(before.filter(isOurs).map(({ uid }) => uid))
  if (has.size === wanted.length && wanted.every(({ uid }) => has.has(uid))) return undefined
  return [...before.filter((one) => !isOurs(one)), ...wanted]
}

/** Its ordinal is not among the wished ones. */
function isGivenUp(set: StatefulSet, pod: Pod): boolean {
  const { replicas = 1, ordinals } = set.spec
  const start = ordinals?.start ?? 0
  const ordinal = ordinalOf(set, pod) ?? -1
  return ordinal < start || ordinal >= start + replicas
}
