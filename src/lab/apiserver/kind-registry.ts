import { CUSTOMRESOURCEDEFINITIONS, type KubeObject, type Resource } from '../../kube/index.ts'
import { KINDS, customKinds, findKind, type Kind } from './kinds/index.ts'
import type { Store } from './store.ts'

/** The kinds of one server: the built-in ones and those of its CustomResourceDefinitions. */
export interface KindRegistry {
  find(group: string, version: string, plural: string): Kind | undefined
  all(): readonly Kind[]
  /** Rises whenever the set of kinds changes. */
  version(): number
}

const pathOf = ({ group, version, plural }: Resource): string => `${group}/${version}/${plural}`

/**
 * Follows the definitions of a store. The objects of a definition go with it. `own`: built-in kinds with rules of this
 * one server.
 */
export function createKindRegistry(store: Store, own: readonly Kind[] = []): KindRegistry {
  const ownKinds = new Map(own.map((kind) => [pathOf(kind.resource), kind]))
  const builtIn = KINDS.map((kind) => ownKinds.get(pathOf(kind.resource)) ?? kind)
  const custom = new Map<string, readonly Kind[]>()
  let version = 0
  let all: readonly Kind[] = builtIn
  let byPath = new Map<string, Kind>()
  const rebuild = (): void => {
    const added = [...custom.values()].flat()
    byPath = new Map(added.map((kind) => [pathOf(kind.resource), kind]))
    all = [...builtIn, ...added]
    version += 1
  }
  store.follow(CUSTOMRESOURCEDEFINITIONS, store.revision(), ({ type, stored }) => {
    const name = stored.object.metadata.name ?? ''
    if (type === 'DELETED') {
      custom.delete(name)
      rebuild()
      removeObjects(store, stored.object)
    } else {
      const kinds = customKinds(stored.object)
      const [first] = kinds
      // Of a kind that is new nobody can know an older revision.
      if (type === 'ADDED' && first) store.forget(first.resource)
      custom.set(name, kinds)
      rebuild()
    }
  })
  return {
    find: (group, of, plural) =>
      ownKinds.get(`${group}/${of}/${plural}`) ??
      findKind(group, of, plural) ??
      byPath.get(`${group}/${of}/${plural}`),
    all: () => all,
    version: () => version,
  }
}

function removeObjects(store: Store, definition: KubeObject): void {
  const resource = customKinds(definition)[0]?.resource
  if (resource === undefined) return
  for (const { object } of store.list(resource)) {
    const { namespace, name = '' } = object.metadata
    store.remove(resource, namespace, name)
  }
}
