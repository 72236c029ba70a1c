import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import type { Clock } from '../../../core/index.ts'
import type { Container, KubeClient, Pod, Volume } from '../../../kube/index.ts'
import type { Mount } from '../../runtime/types.ts'
import type { PodAddresses } from '../field-ref.ts'
import { writeAtomically } from './atomic-writer.ts'
import { fsGroupOf, readableByGroup } from './fs-group.ts'
import type { ObjectSource } from './object-source.ts'
import { VolumeNotReady, checkRelative } from './payload.ts'
import { pinSubPath } from './pinned-sub-path.ts'
import { createPodTokens } from './service-account-token.ts'
import { findClaimFolder } from './claim-folder.ts'
import { volumePayload } from './volume-payload.ts'

/** A volume's place on the machine. `measured`: its disk usage belongs to the pod (not so for hostPath). */
export interface MountedVolume {
  readonly name: string
  readonly path: string
  readonly measured: boolean
  /** Its files are written from API objects, and follow them. */
  readonly written?: boolean
  readonly claim?: string
}

export interface PodVolumes {
  /** Makes or refreshes all volumes. Throws VolumeNotReady while something is missing; call again. */
  sync(pod: Pod, addresses: PodAddresses): Promise<void>
  /** When to call `sync` again without another reason, in milliseconds since 1970. */
  nextSync(): number
  mounted(): readonly MountedVolume[]
  mountsOf(container: Container): Promise<Mount[]>
  remove(): Promise<void>
}

export interface PodVolumesOptions {
  readonly client: KubeClient
  readonly objects: ObjectSource
  readonly rootDir: string
  /** `<rootDir>/pods/<uid>` */
  readonly podDir: string
  readonly nodeRootDir: string
  readonly clock: Clock
  readonly pod: Pod
}

/** The kubelet's syncFrequency: volumes of API data are looked at again this often. */
const SYNC_MS = 60_000

export function createPodVolumes(options: PodVolumesOptions): PodVolumes {
  const tokens = createPodTokens(options)
  const volumes = new Map<string, MountedVolume>()
  let syncedAt = 0
  return {
    async sync(pod, addresses) {
      const { objects, rootDir } = options
      const context = { pod, addresses, objects, tokens, rootDir }
      const group = fsGroupOf(pod)
      for (const volume of pod.spec.volumes ?? []) {
        const payload = await volumePayload(volume, context)
        const place = (await claimPlace(volume, pod, options)) ?? placeOf(volume, options)
        if (payload && group !== undefined) {
          await writeAtomically(place.path, readableByGroup(payload), group)
        } else if (payload) await writeAtomically(place.path, payload)
        else if (volume.hostPath) await checkHostPath(place.path, volume.hostPath.type ?? '')
        else await makeDirectory(place.path, volume.emptyDir ? group : undefined)
        volumes.set(volume.name, { ...place, written: payload !== undefined })
      }
      syncedAt = options.clock.now()
    },
    nextSync: () => Math.min(syncedAt + SYNC_MS, tokens.nextRefresh() ?? Infinity),
    mounted: () => [...volumes.values()],
    async mountsOf(container) {
      const mounts: Mount[] = []
      for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
        const volume = volumes.get(mount.name)
        if (!volume) throw new VolumeNotReady(`volume "${mount.name}" is not in the pod`)
        const own = join(options.podDir, 'volume-subpaths', mount.name, container.name, `${index}`)
        const hostPath = mount.subPath ? await subPath(volume, mount.subPath, own) : volume.path
        mounts.push({
          hostPath,
          containerPath: normalize(mount.mountPath),
          readOnly: mount.readOnly === true,
        })
      }
      return mounts
    },
    remove: () => rm(options.podDir, { recursive: true, force: true }),
  }
}

function placeOf(volume: Volume, options: PodVolumesOptions): MountedVolume {
  const { name } = volume
  if (volume.hostPath) {
    return {
      name,
      path: join(options.nodeRootDir, normalize('/' + volume.hostPath.path)),
      measured: false,
    }
  }
  return {
    name,
    path: join(options.podDir, 'volumes', `kubernetes.io~${kindOf(volume)}`, name),
    measured: true,
  }
}

/** Of a volume that is a claim. */
async function claimPlace(
  { name, persistentVolumeClaim }: Volume,
  pod: Pod,
  { client, nodeRootDir }: PodVolumesOptions,
): Promise<MountedVolume | undefined> {
  const claim = persistentVolumeClaim?.claimName
  if (claim === undefined) return undefined
  const { namespace = '' } = pod.metadata
  const folder = await findClaimFolder(client, { namespace, name: claim })
  return { name, path: join(nodeRootDir, normalize(`/${folder}`)), measured: true, claim }
}

function kindOf(volume: Volume): string {
  if (volume.secret) return 'secret'
  if (volume.configMap) return 'configmap'
  if (volume.projected) return 'projected'
  return volume.downwardAPI ? 'downward-api' : 'empty-dir'
}

/** `group`: whose all that is put into it is. */
async function makeDirectory(path: string, group?: number): Promise<void> {
  await mkdir(path, { recursive: true })
  if (group !== undefined) await chown(path, 0, group)
  await chmod(path, group === undefined ? 0o777 : 0o2777)
}

/** By hostPath's `type`; without one a missing directory is made, as Docker does. */
async function checkHostPath(path: string, type: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found) {
    if (type === '' || type === 'DirectoryOrCreate') {
      await mkdir(path, { recursive: true })
      return
    }
    throw new VolumeNotReady(`hostPath type check failed: ${path} is not there`)
  }
  const ok =
    (type.startsWith('Directory') && found.isDirectory()) ||
    (type.startsWith('File') && found.isFile()) ||
    (type === 'Socket' && found.isSocket()) ||
    type === ''
  if (!ok) throw new VolumeNotReady(`hostPath type check failed: ${path} is not a ${type}`)
}

/** `own`: a place of the mount's own, for what must not follow its volume. */
async function subPath(volume: MountedVolume, path: string, own: string): Promise<string> {
  const target = join(volume.path, checkRelative(path))
  if (volume.written) {
    await pinSubPath(target, own)
    return own
  }
  if ((await stat(target).catch(() => undefined)) === undefined) await makeDirectory(target)
  return target
}
