import {
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  type PersistentVolumeClaim,
  type Pod,
} from '../../../kube/index.ts'
import { isKeptFor } from '../../volumes/match-volume.ts'
import { BOUND_BY_CONTROLLER, SELECTED_NODE, specOf } from '../../volumes/objects.ts'
import { referenceTo } from '../../volumes/provision.ts'
import * as writes from '../common/writes.ts'
import type { ControllerContext } from '../controller.ts'
import type { PlacedClaim } from './place-claims.ts'
import { claimUses, isFullyBound, type VolumeCopies } from './pod-claims.ts'

/**
 * Tells the volume controller what a pod's waiting claims get, now that the pod has a node: a volume is kept for a claim, or
 * one is to be made for that node. Source: kube-scheduler 1.36, BindPodVolumes.
 */
export async function startBinding(
  context: ControllerContext,
  placed: readonly PlacedClaim[],
  node: string,
): Promise<void> {
  for (const { claim, volume } of placed) {
    if (volume === undefined) {
      const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node }
      const metadata = { ...claim.metadata, annotations }
      await writes.update(context, PERSISTENTVOLUMECLAIMS, { ...claim, metadata })
    } else if (!volume.spec.claimRef?.uid) {
      const { metadata, spec } = volume
      const annotations = { ...metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' }
      await writes.update(context, PERSISTENTVOLUMES, {
        ...volume,
        metadata: { ...metadata, annotations },
        spec: { ...spec, claimRef: referenceTo(claim) },
      })
    }
  }
}

/**
 * How far the claims of a pod that has found its node are: all `bound`, `under way`, or `given up`: one is gone, or the
 * provisioner could not make its volume for that node and has said so by taking the node's name away.
 */
export function bindingState(
  pod: Pod,
  node: string,
  copies: VolumeCopies,
): 'bound' | 'under way' | 'given up' {
  const { namespace = '' } = pod.metadata
  const claims = claimUses(pod).map(({ name }) => copies.claim({ namespace, name }))
  if (claims.every((claim) => claim !== undefined && isFullyBound(claim))) return 'bound'
  const isUnderWay = (claim: PersistentVolumeClaim | undefined): boolean =>
    claim !== undefined &&
    claim.metadata.deletionTimestamp === undefined &&
    (specOf(claim).volumeName !== undefined ||
      claim.metadata.annotations?.[SELECTED_NODE] === node ||
      copies.volumes().some((volume) => isKeptFor(volume, claim)))
  return claims.every(isUnderWay) ? 'under way' : 'given up'
}
