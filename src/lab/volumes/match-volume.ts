import {
  matchesLabelSelector,
  parseQuantity,
  type PersistentVolumeClaim,
} from '../../kube/index.ts'
import { specOf, type PersistentVolume } from './objects.ts'

/**
 * The volume that a claim gets: one that is kept for it, else the smallest that is free and fits by class, access modes,
 * mode, selector and size. Undefined: none. Source: kube-controller-manager 1.36, `FindMatchingVolume`.
 */
export function matchVolume(
  claim: PersistentVolumeClaim,
  className: string,
  volumes: readonly PersistentVolume[],
): PersistentVolume | undefined {
  const live = volumes.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const kept = live.find((volume) => isKeptFor(volume, claim))
  if (kept !== undefined) return kept
  const { volumeName } = specOf(claim)
  if (volumeName !== undefined) {
    return live.find(({ metadata, spec }) => metadata.name === volumeName && !spec.claimRef)
  }
  return live
    .filter((volume) => volume.spec.claimRef === undefined && fits(volume, claim, className))
    .sort((a, b) => sizeOf(a) - sizeOf(b))[0]
}

/** Whether the volume's reference means this claim; one without a uid means any of that name. */
export function isKeptFor(
  { spec }: PersistentVolume,
  { metadata }: PersistentVolumeClaim,
): boolean {
  const { claimRef } = spec
  if (claimRef?.name !== metadata.name || claimRef?.namespace !== metadata.namespace) return false
  return !claimRef?.uid || claimRef.uid === metadata.uid
}

function fits(
  { metadata, spec }: PersistentVolume,
  claim: PersistentVolumeClaim,
  className: string,
): boolean {
  const wanted = specOf(claim)
  const modes = spec.accessModes ?? []
  return (
    (spec.storageClassName ?? '') === className &&
    (spec.volumeMode ?? 'Filesystem') === (wanted.volumeMode ?? 'Filesystem') &&
    (wanted.accessModes ?? []).every((mode) => modes.includes(mode)) &&
    (wanted.selector === undefined || matchesLabelSelector(wanted.selector, metadata.labels)) &&
    bytes(spec.capacity?.['storage']) >= bytes(wanted.resources?.requests?.['storage'])
  )
}

const sizeOf = ({ spec }: PersistentVolume): number => bytes(spec.capacity?.['storage'])

function bytes(text = '0'): number {
  const parsed = parseQuantity(text)
  return parsed.ok ? parsed.value : 0
}
