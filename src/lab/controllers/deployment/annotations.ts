import type { Deployment, ReplicaSet } from '../../../kube/index.ts'
import { without } from '../common/without.ts'
import { maxSurge, wishedOf } from './replica-sets.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
const HISTORY = 'deployment.kubernetes.io/revision-history'
export const DESIRED = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'
/** What of a deployment's annotations its ReplicaSets do not get. */
const NOT_COPIED = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.revision',
  'deprecated.deployment.rollback.to',
  REVISION,
  HISTORY,
  DESIRED,
  MAX_REPLICAS,
]

type Annotations = Readonly<Record<string, string>>

export const revisionOf = ({ metadata }: ReplicaSet | Deployment): number =>
  Number(metadata.annotations?.[REVISION] ?? 0) || 0

export const maxRevision = (sets: readonly ReplicaSet[]): number =>
  Math.max(0, ...sets.map(revisionOf))

/** How many pods it is to be split to, written on each ReplicaSet (SetReplicasAnnotations). */
export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const wished = wishedOf(deployment)
  return { [DESIRED]: String(wished), [MAX_REPLICAS]: String(wished + maxSurge(deployment)) }
}

/** Annotations of the ReplicaSet that a deployment rolls out, as this revision (SetNewReplicaSetAnnotations). */
export function newSetAnnotations(
  deployment: Deployment,
  set: ReplicaSet | undefined,
  revision: number,
): Record<string, string> {
  const before: Annotations = set?.metadata.annotations ?? {}
  const copied = without(deployment.metadata.annotations ?? {}, ...NOT_COPIED)
  const next: Record<string, string> = { ...before, ...copied }
  const old = before[REVISION]
  if (old === undefined || Number(old) < revision) {
    next[REVISION] = String(revision)
    if (set !== undefined && old !== undefined) {
      const history = before[HISTORY] === undefined ? [] : before[HISTORY].split(',')
      if (!history.includes(old)) next[HISTORY] = [...history, old].filter(Boolean).join(',')
    }
  }
  return set === undefined ? { ...next, ...sizeAnnotations(deployment) } : next
}
