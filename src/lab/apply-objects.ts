import { SubletError } from '../core/index.ts'
import * as kube from '../kube/index.ts'
import { isConflict, type KubeClient, type KubeObject, type Resource } from '../kube/index.ts'

const BY_KIND = new Map<string, Resource>(
  Object.values(kube)
    .filter((value): value is Resource => typeof value === 'object' && 'plural' in value)
    .map((resource) => [resource.kind, resource]),
)

/** The resource of an object's kind, of those that the lab serves. */
export function resourceOf(object: KubeObject): Resource {
  const found = BY_KIND.get(object.kind ?? '')
  if (found === undefined)
    throw new SubletError('E_INPUT', `the lab has no kind ${String(object.kind)}`)
  return found
}

/** Creates the objects one after the other; what exists already is overwritten. */
export async function applyObjects(
  client: KubeClient,
  objects: readonly KubeObject[],
): Promise<void> {
  for (const object of objects) {
    const resource = resourceOf(object)
    const { namespace, name } = object.metadata
    try {
      await client.create(resource, object, namespace === undefined ? {} : { namespace })
    } catch (error) {
      if (!isConflict(error) || name === undefined) throw error
      const old = await client.get(resource, { namespace, name })
      const { resourceVersion } = old.metadata
      await client.update(resource, {
        ...object,
        metadata: {
          ...object.metadata,
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        },
      })
    }
  }
}

/** Deletes the objects, last first; what is gone already is no error. */
export async function deleteObjects(
  client: KubeClient,
  objects: readonly KubeObject[],
): Promise<void> {
  for (const object of objects.toReversed()) {
    const { namespace, name } = object.metadata
    if (name === undefined) continue
    await client.delete(resourceOf(object), { namespace, name }).catch((error: unknown) => {
      if (!kube.isNotFound(error)) throw error
    })
  }
}
