import type { KubeObject } from '../../kube/index.ts'
import { without } from './fields.ts'
import type { ApiContext } from './context.ts'

/** Takes an owner's name off all that it owns, so that they outlive it (propagationPolicy Orphan). */
export function orphanDependents({ store, kinds }: ApiContext, owner: KubeObject): void {
  const { uid } = owner.metadata
  for (const { resource, storedAs } of kinds.all()) {
    if (storedAs !== undefined) continue
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
