import type { KubeObject, Resource } from '../../kube/index.ts'

/** Objects of one kind that are still in a namespace. */
export interface Remaining {
  readonly of: Pick<Resource, 'group' | 'plural'>
  readonly objects: readonly KubeObject[]
}

/** One condition of a namespace that is being deleted, without its time. */
export interface NamespaceCondition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

const FINE: readonly NamespaceCondition[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
]

/** What a deletion waits for, as kube-controller-manager writes it down (namespace/deletion/status_condition_utils.go). */
export function conditionsOf(remaining: readonly Remaining[]): readonly NamespaceCondition[] {
  const kinds = remaining
    .filter(({ objects }) => objects.length > 0)
    .map(({ of, objects }) => `${of.plural}.${of.group} has ${objects.length} resource instances`)
    .sort()
  const counts = new Map<string, number>()
  for (const { metadata } of remaining.flatMap(({ objects }) => objects)) {
    for (const name of metadata.finalizers ?? []) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const finalizers = [...counts]
    .map(([name, count]) => `${name} in ${count} resource instances`)
    .sort()
  return [
    ...FINE,
    {
      type: 'NamespaceContentRemaining',
      ...(kinds.length > 0
        ? {
            status: 'True',
            reason: 'SomeResourcesRemain',
            message: `Some resources are remaining: ${kinds.join(', ')}`,
          }
        : {
            status: 'False',
            reason: 'ContentRemoved',
            message: 'All content successfully removed',
          }),
    },
    {
      type: 'NamespaceFinalizersRemaining',
      ...(finalizers.length > 0
        ? {
            status: 'True',
            reason: 'SomeFinalizersRemain',
            message: `Some content in the namespace has finalizers remaining: ${finalizers.join(', ')}`,
          }
        : {
            status: 'False',
            reason: 'ContentHasNoFinalizers',
            message: 'All content-preserving finalizers finished',
          }),
    },
  ]
}
