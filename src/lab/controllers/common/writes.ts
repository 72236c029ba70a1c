import { isNotFound, type KubeObject, type Resource } from '../../../kube/index.ts'
import type { ControllerContext } from '../controller.ts'
import { sameValue } from './template-hash.ts'

/**
 * Writes after which the controllers' own copies know what was written: the next look does not do the same again.
 */

export async function create<T extends KubeObject>(
  { client, informers, signal }: ControllerContext,
  of: Resource,
  object: T,
): Promise<T> {
  const made = await client.create<T>(of, object, { signal })
  await informers.caughtUp(of, made)
  return made
}

/** Throws the conflict when somebody was faster. */
export async function update<T extends KubeObject>(
  { client, informers, signal }: ControllerContext,
  of: Resource,
  object: T,
): Promise<T> {
  const written = await client.update<T>(of, object, { signal })
  await informers.caughtUp(of, written)
  return written
}

/** Deletes this very object; it is fine when it is gone already. */
export async function remove(
  { client, informers, signal }: ControllerContext,
  of: Resource,
  object: KubeObject,
  propagationPolicy?: 'Background' | 'Foreground',
): Promise<void> {
  const { namespace, name = '', uid } = object.metadata
  const options = {
    signal,
    ...(uid === undefined ? {} : { uid }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
  }
  try {
    await client.delete(of, { namespace, name }, options)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  await informers.sawEnd(of, object)
}

/** Writes the status when it differs from what the object says. */
export async function writeStatus(
  { client, informers, signal }: ControllerContext,
  of: Resource,
  object: KubeObject,
  status: unknown,
): Promise<void> {
  if (sameValue(object['status'], status)) return
  try {
    const next = { ...object, status }
    const written = await client.update(of, next, { subresource: 'status', signal })
    await informers.caughtUp(of, written)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
