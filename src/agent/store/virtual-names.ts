import type { Pod } from '../../kube/objects.ts'
import { virtualOwners } from '../../kubelet/virtual-owners.ts'
import { createOwnerMap } from '../../tenants/owners.ts'
import type { OwnedPod } from '../../tenants/tenant.ts'
import type { KnownVcluster } from '../config/vclusters.ts'

/** A host pod as its vcluster has it. */
export interface VirtualPod {
  readonly vcluster: string
  /** Names and owners are the virtual ones; specification and status, and with them the names of claims, are the host's. */
  readonly pod: Pod
}

/** The pods of a list that a vcluster owns. */
export type VirtualNames = (list: readonly Pod[]) => ReadonlyMap<Pod, VirtualPod>

const NOBODY: ReadonlyMap<Pod, VirtualPod> = new Map()

/** For an agent that knows of no vcluster: every pod is called what its API server calls it. */
export const NO_VIRTUAL_NAMES: VirtualNames = () => NOBODY

/**
 * Virtual names for an agent on a host. All five checks of the ownership code decide; a pod that fails one keeps its host
 * names and gets no vcluster. Source: annotations of vcluster's syncer.
 */
export function createVirtualNames(vclusters: readonly KnownVcluster[]): VirtualNames {
  const tenants = vclusters.map(({ name, hostNamespace }) => ({
    name,
    hostNamespaces: [hostNamespace],
    vcluster: name,
  }))
  // The same object for the same pod of a later list: by it others know that nothing has changed.
  const known = new WeakMap<Pod, VirtualPod>()
  return (list) => {
    const owners = createOwnerMap(list, tenants)
    const found = new Map<Pod, VirtualPod>()
    for (const pod of list) {
      const owned = owners.byUid(pod.metadata.uid ?? '')
      if (owned === undefined) continue
      const virtual = known.get(pod) ?? virtualPod(pod, owned)
      known.set(pod, virtual)
      found.set(pod, virtual)
    }
    return found
  }
}

function virtualPod(pod: Pod, { tenant, virtual }: OwnedPod): VirtualPod {
  const metadata = { ...pod.metadata, ...virtual, ownerReferences: virtualOwners(pod) }
  return { vcluster: tenant.name, pod: { ...pod, metadata } }
}
