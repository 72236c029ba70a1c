import type { ObjectKey } from './client.ts'
import type { KubeObject } from './objects.ts'

export interface Change<T extends KubeObject = KubeObject> {
  readonly type: 'added' | 'modified' | 'deleted'
  /** For `deleted`: the last that is known of it. */
  readonly object: T
  readonly previous?: T
}

export interface ObjectStore<T extends KubeObject> {
  get(key: ObjectKey): T | undefined
  list(): T[]
  put(object: T): void
  remove(object: T): void
  /** Makes the content that of a list; tells the differences. */
  replace(objects: readonly T[]): void
}

/** Objects by namespace and name. Tells every change once it is written down; the same version twice is no change. */
export function createObjectStore<T extends KubeObject>(
  tell: (change: Change<T>) => void,
): ObjectStore<T> {
  const objects = new Map<string, T>()

  const put = (object: T): void => {
    const key = objectKey(object.metadata)
    const previous = objects.get(key)
    if (previous !== undefined && previous.metadata.uid !== object.metadata.uid) {
      objects.delete(key)
      tell({ type: 'deleted', object: previous, previous })
    } else if (previous !== undefined) {
      objects.set(key, object)
      const { resourceVersion } = object.metadata
      const same =
        resourceVersion !== undefined && previous.metadata.resourceVersion === resourceVersion
      if (!same) tell({ type: 'modified', object, previous })
      return
    }
    objects.set(key, object)
    tell({ type: 'added', object })
  }

  const remove = (object: T): void => {
    const key = objectKey(object.metadata)
    const previous = objects.get(key)
    if (previous === undefined) return
    objects.delete(key)
    tell({ type: 'deleted', object, previous })
  }

  return {
    get: (key) => objects.get(objectKey(key)),
    list: () => [...objects.values()],
    put,
    remove,
    replace(next) {
      const keys = new Set(next.map(({ metadata }) => objectKey(metadata)))
      const gone = [...objects].filter(([key]) => !keys.has(key)).map(([, object]) => object)
      for (const object of gone) remove(object)
      for (const object of next) put(object)
    },
  }
}

function objectKey({
  namespace = '',
  name = '',
}: {
  namespace?: string | undefined
  name?: string
}): string {
  return `${namespace}/${name}`
}
