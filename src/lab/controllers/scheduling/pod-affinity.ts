import {
  matchesLabelSelector,
  type LabelSelector,
  type Node,
  type Pod,
} from '../../../kube/index.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'

interface Term {
  labelSelector?: LabelSelector
  namespaces?: string[]
  namespaceSelector?: LabelSelector
  topologyKey: string
}

/** A pod and the node that it is on. */
export interface Placed {
  readonly pod: Pod
  readonly node: Node
}

const termsOf = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): readonly Term[] => {
  const affinity = pod.spec.affinity as
    Record<typeof kind, { [REQUIRED]?: Term[] } | undefined> | undefined
  return affinity?.[kind]?.[REQUIRED] ?? []
}

/** Whether a term of `owner`'s means this other pod. An empty namespaceSelector means all namespaces. */
function means(term: Term, owner: Pod, other: Pod): boolean {
  const { namespaces = [], namespaceSelector } = term
  const near =
    namespaceSelector !== undefined ||
    (namespaces.length === 0
      ? other.metadata.namespace === owner.metadata.namespace
      : namespaces.includes(other.metadata.namespace ?? ''))
  return near && matchesLabelSelector(term.labelSelector, other.metadata.labels)
}

function sameTopology(key: string, a: Node, b: Node): boolean {
  const value = a.metadata.labels?.[key]
  return value !== undefined && b.metadata.labels?.[key] === value
}

/** Why the required affinities between pods keep this one from a node; undefined: they do not. */
export function affinityMisfit(
  pod: Pod,
  node: Node,
  placed: readonly Placed[],
): string | undefined {
  const isWith = (term: Term): boolean =>
    placed.some(
      (one) => means(term, pod, one.pod) && sameTopology(term.topologyKey, one.node, node),
    )
  // The first of a group that wants to be together has nobody to join.
  const isFirst = (term: Term): boolean =>
    means(term, pod, pod) && !placed.some((one) => means(term, pod, one.pod))
  const together = termsOf(pod, 'podAffinity')
  if (!together.every((term) => isWith(term) || isFirst(term))) {
    return "node(s) didn't match pod affinity rules"
  }
  if (termsOf(pod, 'podAntiAffinity').some(isWith)) {
    return "node(s) didn't match pod anti-affinity rules"
  }
  const isShunned = placed.some((one) =>
    termsOf(one.pod, 'podAntiAffinity').some(
      (term) => means(term, one.pod, pod) && sameTopology(term.topologyKey, one.node, node),
    ),
  )
  return isShunned ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined
}
