import {
  apiVersionOf,
  matchesLabelSelector,
  type KubeObject,
  type LabelSelector,
  type OwnerReference,
  type Resource,
} from '../../../kube/index.ts'

/** The reference that says: this one controls me. */
export function controllerReference(of: Resource, { metadata }: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(of),
    kind: of.kind,
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  (metadata.ownerReferences ?? []).find((one) => one.controller)

/** What an owner does with the objects of its namespace that may be its own. */
export interface Claim<T extends KubeObject> {
  readonly owned: readonly T[]
  /** They match and belong to nobody. */
  readonly adopt: readonly T[]
  /** They are its own, but match no more. */
  readonly release: readonly T[]
}

/** Which objects belong to an owner, by their controller reference and its selector (ControllerRefManager). */
export function claim<T extends KubeObject>(
  owner: KubeObject,
  selector: LabelSelector,
  candidates: readonly T[],
): Claim<T> {
  const owned: T[] = []
  const adopt: T[] = []
  const release: T[] = []
  const ownerEnds = owner.metadata.deletionTimestamp !== undefined
  for (const one of candidates) {
    const { uid } = controllerOf(one) ?? {}
    const matches = matchesLabelSelector(selector, one.metadata.labels)
    const ends = one.metadata.deletionTimestamp !== undefined
    if (uid === owner.metadata.uid) {
      if (matches) owned.push(one)
      else if (!ownerEnds) release.push(one)
    } else if (uid === undefined && matches && !ownerEnds && !ends) adopt.push(one)
  }
  return { owned, adopt, release }
}
