import type { KubeObject } from '../../kube/index.ts'

/** What the syncer does next about one object that is on both sides under translated names. */
export type MirrorStep =
  | 'nothing'
  | 'create-host'
  | 'update'
  | 'delete-host'
  | 'delete-virtual'
  /** The host's copy is made, and the watch has not told yet. */
  | 'wait'

/**
 * Decides from the two objects; the host's is one that this vcluster owns. `copy` says what is known of the host's copy
 * of this very virtual object: one that was there and is gone takes the virtual object with it.
 * Source: vcluster 0.34, `pkg/controllers/resources/{services,persistentvolumeclaims,endpoints}/syncer.go`.
 */
export function nextMirrorStep(
  virtual: KubeObject | undefined,
  host: KubeObject | undefined,
  copy: 'none' | 'made' | 'seen',
): MirrorStep {
  if (virtual === undefined) return host === undefined || isGoing(host) ? 'nothing' : 'delete-host'
  if (host === undefined) {
    if (isGoing(virtual) || copy === 'seen') return 'delete-virtual'
    return copy === 'made' ? 'wait' : 'create-host'
  }
  if (isGoing(virtual)) return isGoing(host) ? 'nothing' : 'delete-host'
  return isGoing(host) ? 'delete-virtual' : 'update'
}

const isGoing = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined
