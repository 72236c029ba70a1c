import {
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  type PersistentVolumeClaim,
} from '../../kube/index.ts'
import { writes } from '../controllers/index.ts'
import type { VolumeContext } from './controller.ts'
import { isKeptFor } from './match-volume.ts'
import {
  PROVISIONED_BY,
  PROVISIONER,
  PV_PROTECTION,
  specOf,
  type PersistentVolume,
} from './objects.ts'
import { emptyVolume } from './provision.ts'

/** Says what phase a volume is in, and takes it away when its claim is gone and its policy says so. */
export async function syncVolume(context: VolumeContext, name: string): Promise<void> {
  const { informers } = context
  const volume = informers.of<PersistentVolume>(PERSISTENTVOLUMES).get({ name })
  if (volume === undefined) return
  const phase = phaseOf(context, volume)
  if (volume.metadata.deletionTimestamp !== undefined) {
    if (phase !== 'Bound') await letGo(context, volume)
    return
  }
  await writes.writeStatus(context, PERSISTENTVOLUMES, volume, {
    ...(volume.status ?? {}),
    phase,
  })
  const isOurs = volume.metadata.annotations?.[PROVISIONED_BY] === PROVISIONER
  if (phase !== 'Released' || !isOurs) return
  if (volume.spec.persistentVolumeReclaimPolicy !== 'Delete') return
  await emptyVolume(volume, context.nodeRoots)
  await writes.remove(context, PERSISTENTVOLUMES, volume)
}

function phaseOf({ informers }: VolumeContext, volume: PersistentVolume): string {
  const { claimRef } = volume.spec
  if (claimRef === undefined) return 'Available'
  const { namespace, name } = claimRef
  const claim = informers.of<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS).get({ namespace, name })
  if (claim !== undefined && isKeptFor(volume, claim)) {
    const { volumeName } = specOf(claim)
    // Written at the volume first: the claim will say so too in a moment.
    return volumeName === undefined || volumeName === volume.metadata.name ? 'Bound' : 'Available'
  }
  return claimRef.uid ? 'Released' : 'Available'
}

async function letGo(context: VolumeContext, volume: PersistentVolume): Promise<void> {
  const { metadata } = volume
  if (!metadata.finalizers?.includes(PV_PROTECTION)) return
  const finalizers = metadata.finalizers.filter((one) => one !== PV_PROTECTION)
  const next = { ...volume, metadata: { ...metadata, finalizers } }
  await context.client.update(PERSISTENTVOLUMES, next, { signal: context.signal })
}
