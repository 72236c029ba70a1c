import { rfc3339 } from '../../../core/index.ts'
import { isPodReady, type Pod, type ReplicaSet } from '../../../kube/index.ts'
import { withCondition, withoutCondition } from '../common/conditions.ts'
import { isActive, isAvailable, nextAvailable } from '../common/pod-facts.ts'
import { inDeletionOrder } from './rank-pods.ts'

/** How many pods are made or given up at a time. */
const BURST = 500

/** What to do for a ReplicaSet. */
export interface ReplicaSetPlan {
  readonly create: number
  readonly remove: readonly Pod[]
}

/** Compares its own pods with what is wished. Pods that have ended or are on their way out do not count. */
export function planReplicaSet(set: ReplicaSet, pods: readonly Pod[], now: number): ReplicaSetPlan {
  if (set.metadata.deletionTimestamp) return { create: 0, remove: [] }
  const active = pods.filter(isActive)
  const missing = (set.spec.replicas ?? 1) - active.length
  if (missing >= 0) return { create: Math.min(missing, BURST), remove: [] }
  return { create: 0, remove: inDeletionOrder(active, now).slice(0, Math.min(-missing, BURST)) }
}

/** What went wrong while making or deleting pods, if anything. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete'
  readonly message: string
}

/** The status as `kubectl get rs` shows it, and when it changes by waiting. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: ReplicaFailure | undefined,
  now: number,
): { readonly status: NonNullable<ReplicaSet['status']>; readonly nextAt: number | undefined } {
  const active = pods.filter(isActive)
  const { minReadySeconds = 0, template } = set.spec
  const labels = Object.entries(template.metadata?.labels ?? {})
  const hasAllLabels = (pod: Pod): boolean =>
    labels.every(([key, value]) => pod.metadata.labels?.[key] === value)
  const count = (is: (pod: Pod) => boolean): number => active.filter(is).length
  const before = set.status?.conditions ?? []
  const conditions = failure
    ? withCondition(before, {
        type: 'ReplicaFailure',
        status: 'True',
        lastTransitionTime: rfc3339(now),
        ...failure,
      })
    : withoutCondition(before, 'ReplicaFailure')
  const status = {
    replicas: active.length,
    ...positive({
      fullyLabeledReplicas: count(hasAllLabels),
      readyReplicas: count(isPodReady),
      availableReplicas: count((pod) => isAvailable(pod, minReadySeconds, now)),
    }),
    observedGeneration: set.metadata.generation ?? 1,
    ...(conditions.length > 0 ? { conditions } : {}),
  }
  return { status, nextAt: nextAvailable(active, minReadySeconds, now) }
}

/** Counts that are none are left out, as Go's omitempty does. */
export function positive<T extends Record<string, number>>(counts: T): Partial<T> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<T>
}
