import type { KubeObject, OwnerReference, Resource } from '../../../kube/index.ts'

/** An object as the garbage collector knows it. */
export interface Item {
  readonly of: Resource
  readonly object: KubeObject
}

/** Who belongs to whom, by the owners' uids. */
export interface OwnerGraph {
  put(of: Resource, object: KubeObject): void
  remove(object: KubeObject): void
  get(uid: string): Item | undefined
  dependentsOf(uid: string): readonly Item[]
}

export function createOwnerGraph(): OwnerGraph {
  const items = new Map<string, Item>()
  const dependents = new Map<string, Set<string>>()
  const owners = (object: KubeObject): string[] =>
    (object.metadata.ownerReferences ?? []).map(({ uid }) => uid)
  const unlink = (uid: string): void => {
    const before = items.get(uid)
    for (const owner of before === undefined ? [] : owners(before.object)) {
      const set = dependents.get(owner)
      set?.delete(uid)
      if (set?.size === 0) dependents.delete(owner)
    }
  }
  return {
    put(of, object) {
      const { uid = '' } = object.metadata
      unlink(uid)
      items.set(uid, { of, object })
      for (const owner of owners(object)) {
        const set = dependents.get(owner) ?? new Set()
        dependents.set(owner, set.add(uid))
      }
    },
    remove({ metadata }) {
      unlink(metadata.uid ?? '')
      items.delete(metadata.uid ?? '')
    },
    get: (uid) => items.get(uid),
    dependentsOf: (uid) =>
      [...(dependents.get(uid) ?? [])].flatMap((dependent) => items.get(dependent) ?? []),
  }
}

export const FOREGROUND = 'foregroundDeletion'

/** Being deleted, but not before its dependents. */
export const waitsForDependents = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND)

/** How an object's owners stand (attemptToDeleteItem). */
export interface Owners {
  /** They live: the object stays. */
  readonly solid: readonly OwnerReference[]
  /** They wait for their dependents to go. */
  readonly waiting: readonly OwnerReference[]
  readonly gone: readonly OwnerReference[]
}

/** Sorts an object's owner references by what became of the owners. */
export async function classifyOwners(
  object: KubeObject,
  find: (owner: OwnerReference) => Promise<KubeObject | 'unknown' | undefined>,
): Promise<Owners> {
  const solid: OwnerReference[] = []
  const waiting: OwnerReference[] = []
  const gone: OwnerReference[] = []
  for (const owner of object.metadata.ownerReferences ?? []) {
    const found = await find(owner)
    if (found === undefined) gone.push(owner)
    else if (found !== 'unknown' && waitsForDependents(found)) waiting.push(owner)
    else solid.push(owner)
  }
  return { solid, waiting, gone }
}
