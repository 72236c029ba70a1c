import type { Pod } from '../../kube/index.ts'
import { keys } from '../../tenants/index.ts'

/** What the syncer does next about one pod. */
export type PodStep =
  | { readonly do: 'nothing' }
  | { readonly do: 'create-host' }
  | { readonly do: 'sync' }
  /** `graceSeconds` undefined: the pod's own. */
  | { readonly do: 'delete-host'; readonly graceSeconds: number | undefined }
  | { readonly do: 'delete-virtual'; readonly graceSeconds: number }

/**
 * Decides from the two pods alone; the host pod is one that this vcluster owns. Deletion goes both ways: of the virtual
 * pod to the host with the same grace time, of the host pod to the virtual one, and the virtual one is gone when the
 * host's is. A virtual pod that had started and has no host pod any more is not started a second time, but deleted.
 * Source: vcluster 0.34, `pkg/controllers/resources/pods/syncer.go`.
 */
export function nextPodStep(virtual: Pod | undefined, host: Pod | undefined): PodStep {
  if (virtual !== undefined && host !== undefined) return stepOfPair(virtual, host)
  if (virtual !== undefined) {
    const hadStarted = virtual.status?.startTime !== undefined
    return isGoing(virtual) || hadStarted
      ? { do: 'delete-virtual', graceSeconds: 0 }
      : { do: 'create-host' }
  }
  return host === undefined ? { do: 'nothing' } : stepOfOrphan(host)
}

const isGoing = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined

const stepOfOrphan = (host: Pod): PodStep =>
  isGoing(host) ? { do: 'nothing' } : { do: 'delete-host', graceSeconds: undefined }

function stepOfPair(virtual: Pod, host: Pod): PodStep {
  // The host pod may be that of an earlier virtual pod with the same name.
  if (host.metadata.annotations?.[keys.OBJECT_UID] !== virtual.metadata.uid)
    return stepOfOrphan(host)
  if (isGoing(virtual) && !isGoing(host))
    return { do: 'delete-host', graceSeconds: virtual.metadata.deletionGracePeriodSeconds }
  if (isGoing(host) && !isGoing(virtual))
    return { do: 'delete-virtual', graceSeconds: host.metadata.deletionGracePeriodSeconds ?? 0 }
  return { do: 'sync' }
}
