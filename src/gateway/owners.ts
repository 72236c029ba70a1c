import type { Pod } from '../kube/index.ts'
import type { OwnerLookup, PodOwner } from '../kubelet/index.ts'
import {
  createOwnerMap,
  kindOf,
  type OwnedPod,
  type Tenant,
  type UnownedReason,
} from '../tenants/index.ts'

/** What Kubernetes takes for a name or a uid. Anything else would have to be escaped somewhere: it is not told. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const UID = /^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/

/** Who owns the pods of one list, and how many are nobody's. */
export interface HostOwners {
  readonly lookup: OwnerLookup
  readonly unowned: ReadonlyMap<UnownedReason, number>
}

/** The lookup alone. */
export function ownerLookup(pods: readonly Pod[], tenants: readonly Tenant[]): OwnerLookup {
  return hostOwners(pods, tenants).lookup
}

/** All checks of `tenants/`, in the form that the slicers ask for. A tenant's slice is its place in the list. */
export function hostOwners(pods: readonly Pod[], tenants: readonly Tenant[]): HostOwners {
  const owned = createOwnerMap(pods, tenants)
  const slices = new Map(tenants.map((tenant, slice) => [tenant, slice]))
  const hostNetwork = new Set(
    pods.filter(({ spec }) => spec.hostNetwork === true).map(({ metadata }) => metadata.uid),
  )
  const known = new Map<OwnedPod, PodOwner | undefined>()
  const lookup: OwnerLookup = (namespace, name) => {
    const pod = owned.byName(namespace, name)
    if (pod === undefined) return undefined
    if (!known.has(pod)) {
      const slice = slices.get(pod.tenant)
      known.set(pod, slice === undefined ? undefined : podOwner(pod, slice, hostNetwork))
    }
    return known.get(pod)
  }
  return { lookup, unowned: owned.unowned }
}

function podOwner(
  pod: OwnedPod,
  slice: number,
  hostNetwork: ReadonlySet<string | undefined>,
): PodOwner | undefined {
  const { host, virtual, tenant } = pod
  const kind = kindOf(tenant)
  if (!NAME.test(virtual.name) || !NAME.test(virtual.namespace)) return undefined
  if (!UID.test(virtual.uid) || !UID.test(host.uid)) return undefined
  return {
    slice,
    host: { namespace: host.namespace, name: host.name },
    hostUid: host.uid,
    hostNetwork: hostNetwork.has(host.uid),
    virtual,
    hostOnlyContainers: kind.hostOnlyContainers,
    virtualName(hostName) {
      const name = kind.objectName(hostName, virtual.namespace)
      return name !== undefined && NAME.test(name) ? name : undefined
    },
  }
}
