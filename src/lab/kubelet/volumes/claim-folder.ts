import { sleep } from '../../../core/index.ts'
import {
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type PersistentVolumeClaim,
} from '../../../kube/index.ts'
import { VolumeNotReady } from './payload.ts'

/** A claim that is new is bound in a moment: that is waited for here, and not until the pod is looked at again. */
const LOOKS = 40
const PAUSE_MS = 25

/**
 * The folder on the node that a claim's volume is: that of a `hostPath` or `local` volume. Throws VolumeNotReady while
 * the claim is missing or not bound, and for volumes of other kinds.
 */
export async function findClaimFolder(
  client: KubeClient,
  key: { readonly namespace: string; readonly name: string },
): Promise<string> {
  for (let look = 0; look < LOOKS; look++) {
    const claim = await read<PersistentVolumeClaim>(client, PERSISTENTVOLUMECLAIMS, key)
    if (claim === undefined)
      throw new VolumeNotReady(`persistentvolumeclaim "${key.name}" not found`)
    const name = claim.spec['volumeName']
    if (claim.status?.['phase'] === 'Bound' && typeof name === 'string') {
      return folderOf(await read(client, PERSISTENTVOLUMES, { name }), name)
    }
    await sleep(PAUSE_MS)
  }
  throw new VolumeNotReady(`PVC is not bound: persistentvolumeclaim "${key.name}"`)
}

interface Folders {
  readonly hostPath?: { readonly path: string }
  readonly local?: { readonly path: string }
}

function folderOf(volume: KubeObject | undefined, name: string): string {
  if (volume === undefined) throw new VolumeNotReady(`persistentvolume "${name}" not found`)
  const { hostPath, local } = (volume['spec'] ?? {}) as Folders
  const path = (hostPath ?? local)?.path
  if (path === undefined)
    throw new VolumeNotReady(`persistentvolume "${name}" is neither hostPath nor local`)
  return path
}

async function read<T extends KubeObject>(
  client: KubeClient,
  of: Parameters<KubeClient['get']>[0],
  key: { readonly namespace?: string; readonly name: string },
): Promise<T | undefined> {
  try {
    return await client.get<T>(of, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
