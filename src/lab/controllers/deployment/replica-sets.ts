import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../../kube/index.ts'
import { fenceposts } from '../common/amount.ts'
import { byAge } from '../common/pod-facts.ts'
import { sameValue } from '../common/template-hash.ts'
import { without } from '../common/without.ts'

export const HASH_LABEL = 'pod-template-hash'

export const wishedOf = (deployment: Deployment): number => deployment.spec.replicas ?? 1
export const sizeOf = (set: ReplicaSet): number => set.spec.replicas ?? 1
export const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0
export const totalSize = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + sizeOf(set), 0)
export const totalAvailable = (sets: readonly ReplicaSet[]): number =>
  sets.reduce((sum, set) => sum + availableOf(set), 0)

export const isRolling = (deployment: Deployment): boolean =>
  (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

/** How many pods more than wished there may be: none with Recreate. */
export function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? limits(deployment).surge : 0
}

/** How many of the wished pods may be missing: none with Recreate. */
export function maxUnavailable(deployment: Deployment): number {
  const wished = wishedOf(deployment)
  return isRolling(deployment) && wished > 0 ? limits(deployment).unavailable : 0
}

function limits(deployment: Deployment): ReturnType<typeof fenceposts> {
  const rolling = deployment.spec.strategy?.rollingUpdate
  return fenceposts(
    rolling?.maxSurge ?? '25%',
    rolling?.maxUnavailable ?? '25%',
    wishedOf(deployment),
  )
}

/** Whether two templates are the same but for the hash that the controller added. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return sameValue(comparable(a), comparable(b))
}

function comparable({ metadata = {}, spec }: PodTemplateSpec): unknown {
  const labels = without(metadata.labels ?? {}, HASH_LABEL)
  return { labels, annotations: metadata.annotations ?? {}, spec }
}

/** The ReplicaSet of the deployment's present template (the oldest, if there are several), and the others. */
export function splitSets(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): { readonly newSet: ReplicaSet | undefined; readonly oldSets: ReplicaSet[] } {
  const sorted = [...sets].sort(byAge)
  const { template } = deployment.spec
  const newSet = sorted.find((set) => sameTemplate(set.spec.template, template))
  return { newSet, oldSets: sorted.filter((set) => set !== newSet) }
}
