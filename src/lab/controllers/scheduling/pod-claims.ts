import type { PersistentVolumeClaim, Pod } from '../../../kube/index.ts'
import {
  BIND_COMPLETED,
  DEFAULT_CLASS,
  specOf,
  type PersistentVolume,
  type StorageClass,
} from '../../volumes/objects.ts'

/** What the scheduler knows of claims, volumes and classes: those of its own copies. */
export interface VolumeCopies {
  claim(key: { namespace: string; name: string }): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  classes(): readonly StorageClass[]
  volumes(): readonly PersistentVolume[]
}

/** A claim that gets its volume when a pod that uses it has found its node. */
export interface WaitingClaim {
  readonly claim: PersistentVolumeClaim
  readonly of: StorageClass
}

/** What a pod's claims ask of its node. */
export interface VolumeNeeds {
  /** Those that claims are bound to; undefined in place of one that is gone. */
  readonly bound: readonly (PersistentVolume | undefined)[]
  readonly waiting: readonly WaitingClaim[]
}

export type ClaimsLook =
  | { readonly ok: true; readonly needs: VolumeNeeds }
  /** Why no node will do, in the scheduler's words. */
  | { readonly ok: false; readonly reason: string }

interface ClaimUse {
  readonly name: string
  /** It belongs to an ephemeral volume of the pod. */
  readonly isEphemeral: boolean
}

export function claimUses({ metadata, spec }: Pod): ClaimUse[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }): ClaimUse[] => {
    if (persistentVolumeClaim)
      return [{ name: persistentVolumeClaim.claimName, isEphemeral: false }]
    return ephemeral ? [{ name: `${metadata.name ?? ''}-${name}`, isEphemeral: true }] : []
  })
}

/**
 * Looks at a pod's claims before nodes are looked at: each must be there, and bound unless its class waits for a consumer.
 * Source: kube-scheduler 1.36, VolumeBinding's PreFilter.
 */
export function lookAtClaims(pod: Pod, copies: VolumeCopies): ClaimsLook {
  const { namespace = '' } = pod.metadata
  const bound: (PersistentVolume | undefined)[] = []
  const waiting: WaitingClaim[] = []
  let isUnbound = false
  for (const { name, isEphemeral } of claimUses(pod)) {
    const claim = copies.claim({ namespace, name })
    if (claim === undefined) return { ok: false, reason: whyMissing(name, isEphemeral) }
    const fault = claimFault(claim)
    if (fault !== undefined) return { ok: false, reason: fault }
    const of = waitingClass(claim, copies)
    if (isFullyBound(claim)) bound.push(copies.volume(specOf(claim).volumeName ?? ''))
    else if (of === undefined || specOf(claim).volumeName !== undefined) isUnbound = true
    else waiting.push({ claim, of })
  }
  if (isUnbound) return { ok: false, reason: 'pod has unbound immediate PersistentVolumeClaims' }
  return { ok: true, needs: { bound, waiting } }
}

const whyMissing = (name: string, isEphemeral: boolean): string =>
  isEphemeral
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
    : `persistentvolumeclaim "${name}" not found`

function claimFault(claim: PersistentVolumeClaim): string | undefined {
  const { metadata, status } = claim
  const { name = '', deletionTimestamp } = metadata
  if (status?.['phase'] === 'Lost') {
    const { volumeName = '' } = specOf(claim)
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volumeName}"`
  }
  return deletionTimestamp === undefined
    ? undefined
    : `persistentvolumeclaim "${name}" is being deleted`
}

/** Its volume is known, and the controller has done with both. */
export const isFullyBound = (claim: PersistentVolumeClaim): boolean =>
  specOf(claim).volumeName !== undefined &&
  claim.metadata.annotations?.[BIND_COMPLETED] !== undefined

/** The class of a claim whose volume waits for a consumer; a claim that names none is of the default class. */
function waitingClass(
  claim: PersistentVolumeClaim,
  copies: VolumeCopies,
): StorageClass | undefined {
  const { storageClassName } = specOf(claim)
  const of = copies
    .classes()
    .find(({ metadata }) =>
      storageClassName === undefined
        ? metadata.annotations?.[DEFAULT_CLASS] === 'true'
        : metadata.name === storageClassName,
    )
  return of?.volumeBindingMode === 'WaitForFirstConsumer' ? of : undefined
}
