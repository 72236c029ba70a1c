import type {
  ControllerRevision,
  KubeObject,
  PodTemplateSpec,
  Resource,
} from '../../../kube/index.ts'
import { controllerReference } from '../common/owners.ts'
import { byAge } from '../common/pod-facts.ts'
import { sameValue, templateHash } from '../common/template-hash.ts'
import { without } from '../common/without.ts'

/** On pods: which revision of its template a pod was made of. */
export const REVISION_LABEL = 'controller-revision-hash'

/** A template as a ControllerRevision keeps it: a patch that brings it back. */
export function snapshotOf(template: PodTemplateSpec): Record<string, unknown> {
  return { spec: { template: { ...template, $patch: 'replace' } } }
}

/** The template that a ControllerRevision keeps. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { template } = (revision.data?.['spec'] ?? {}) as { template?: Record<string, unknown> }
  return without(template ?? {}, '$patch') as unknown as PodTemplateSpec
}

/** What becomes of an owner's history when its template may have changed. */
export type HistoryPlan =
  | { readonly do: 'keep'; readonly current: ControllerRevision }
  | { readonly do: 'renumber' | 'create'; readonly current: ControllerRevision }

/** Finds the revision of the present template; one that was used before becomes the newest again. */
export function planHistory(
  owner: { readonly of: Resource; readonly object: KubeObject },
  template: PodTemplateSpec,
  history: readonly ControllerRevision[],
  how: { readonly hashLabel: string; readonly collisionCount?: number | undefined },
): HistoryPlan {
  const data = snapshotOf(template)
  const newest = Math.max(0, ...history.map(({ revision }) => revision))
  const same = [...history]
    .sort((a, b) => a.revision - b.revision || byAge(a, b))
    .filter((one) => sameValue(one.data, data))
    .at(-1)
  if (same?.revision === newest) return { do: 'keep', current: same }
  if (same !== undefined) return { do: 'renumber', current: { ...same, revision: newest + 1 } }
  const { metadata } = owner.object
  const hash = templateHash(data, how.collisionCount)
  const current: ControllerRevision = {
    metadata: {
      name: `${metadata.name ?? ''}-${hash}`,
      namespace: metadata.namespace ?? '',
      labels: { ...template.metadata?.labels, [how.hashLabel]: hash },
      ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
      ownerReferences: [controllerReference(owner.of, owner.object)],
    },
    data,
    revision: newest + 1,
  }
  return { do: 'create', current }
}

/** Revisions beyond the limit that no pod uses, the oldest first. */
export function outlived(
  history: readonly ControllerRevision[],
  isUsed: (revision: ControllerRevision) => boolean,
  limit: number = 10,
): ControllerRevision[] {
  const unused = history.filter((one) => !isUsed(one)).sort((a, b) => a.revision - b.revision)
  return unused.slice(0, Math.max(0, unused.length - limit))
}
