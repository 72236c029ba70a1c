import {
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  PODS,
  STORAGECLASSES,
  type PersistentVolumeClaim,
  type Pod,
} from '../../kube/index.ts'
import { keyOf, type Controller, type ControllerContext } from '../controllers/index.ts'
import { claimNames } from './in-use.ts'
import { specOf, type PersistentVolume } from './objects.ts'
import { syncClaim } from './sync-claim.ts'
import { syncVolume } from './sync-volume.ts'

export interface VolumeOptions {
  /** Of all nodes: the folders that `hostPath` is below. */
  readonly nodeRoots: readonly string[]
}

/** What the parts of the controller work with. */
export interface VolumeContext extends ControllerContext, VolumeOptions {}

/**
 * Binds claims to volumes, static ones and those that it makes for storage classes of minikube's provisioner; reclaims
 * volumes whose claim is gone; keeps claims that pods use and volumes that are bound from going away.
 * Source: kube-controller-manager 1.36 (`persistentvolume`, `pvc-protection`, `pv-protection`) and minikube's provisioner.
 */
export function volumeController(options: VolumeOptions): Controller {
  return (controllers) => {
    const context: VolumeContext = { ...controllers, ...options }
    const { informers } = controllers
    const claims = informers.of<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS)
    const volumes = informers.of<PersistentVolume>(PERSISTENTVOLUMES)
    const pods = informers.of<Pod>(PODS)
    const classes = informers.of(STORAGECLASSES)
    const ready = (): Promise<unknown> =>
      Promise.all([claims.ready, volumes.ready, pods.ready, classes.ready])
    const claimQueue = context.queue('claims', async (key) => {
      await ready()
      await syncClaim(context, key)
    })
    const volumeQueue = context.queue('volumes', async (name) => {
      await ready()
      await syncVolume(context, name)
    })
    const pendingClaims = (): void => {
      for (const claim of claims.list())
        if (claim.status?.['phase'] !== 'Bound') claimQueue.add(keyOf(claim.metadata))
    }
    claims.onChange(({ object, previous }) => {
      claimQueue.add(keyOf(object.metadata))
      const name = specOf(object).volumeName ?? (previous && specOf(previous).volumeName)
      if (name) volumeQueue.add(name)
    })
    volumes.onChange(({ object }) => {
      volumeQueue.add(object.metadata.name ?? '')
      pendingClaims()
    })
    classes.onChange(pendingClaims)
    pods.onChange(({ object }) => {
      const { namespace = '' } = object.metadata
      for (const name of claimNames(object)) claimQueue.add(`${namespace}/${name}`)
    })
  }
}
