import type { KubeObject } from '../../kube/index.ts'
import { without } from './fields.ts'
import { KINDS } from './kinds/index.ts'
import type { Store } from './store.ts'

/** Takes an owner's name off all that it owns, so that they outlive it (propagationPolicy Orphan). */
export function orphanDependents(store: Store, owner: KubeObject): void {
  const { uid } = owner.metadata
  for (const { resource } of KINDS) {
    for (const { object } of store.list(resource)) {
      const owners = object.metadata.ownerReferences ?? []
      if (!owners.some((reference) => reference.uid === uid)) continue
      const metadata = without(object.metadata, 'ownerReferences')
      const others = owners.filter((reference) => reference.uid !== uid)
      const kept = others.length > 0 ? { ...metadata, ownerReferences: others } : metadata
      store.replace(resource, { ...object, metadata: kept })
    }
  }
}
