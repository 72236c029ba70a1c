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
  /** By host namespace and name. */
  readonly owners: ReadonlyMap<string, PodOwner>
}

/** The lookup alone. */
export function ownerLookup(pods: readonly Pod[], tenants: readonly Tenant[]): OwnerLookup {
  return hostOwners(pods, tenants).lookup
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`

/**
 * All checks of `tenants/`, in the form that the slicers ask for. A tenant's slice is its place in the list. Where all
 * owners are the same as the `last` ones of the same tenants, the lookup is the last one too: pods change their status
 * far more often than their owners, and what the slicers know of a lookup's answers is worth keeping.
 */
export function hostOwners(
  pods: readonly Pod[],
  tenants: readonly Tenant[],
  last?: HostOwners,
): HostOwners {
  const { owned, unowned } = createOwnerMap(pods, tenants)
  const slices = new Map(tenants.map((tenant, slice) => [tenant, slice]))
  const hostNetwork = new Set(
    pods.filter(({ spec }) => spec.hostNetwork === true).map(({ metadata }) => metadata.uid),
  )
  const owners = new Map<string, PodOwner>()
  for (const pod of owned) {
    const slice = slices.get(pod.tenant)
    const owner = slice === undefined ? undefined : podOwner(pod, slice, hostNetwork)
    if (owner) owners.set(keyOf(owner.host.namespace, owner.host.name), owner)
  }
  if (last && isSameMap(last.owners, owners)) return { ...last, unowned }
  return { lookup: (namespace, name) => owners.get(keyOf(namespace, name)), unowned, owners }
}

function isSameMap(
  last: ReadonlyMap<string, PodOwner>,
  now: ReadonlyMap<string, PodOwner>,
): boolean {
  if (last.size !== now.size) return false
  for (const [key, owner] of now) {
    const before = last.get(key)
    if (before === undefined || !isSameOwner(before, owner)) return false
  }
  return true
}

/** All that an owner says; its translation of names follows from its tenant and its virtual namespace. */
const isSameOwner = (a: PodOwner, b: PodOwner): boolean =>
  a.slice === b.slice &&
  a.hostUid === b.hostUid &&
  a.hostNetwork === b.hostNetwork &&
  a.hostOnlyContainers === b.hostOnlyContainers &&
  a.virtual.namespace === b.virtual.namespace &&
  a.virtual.name === b.virtual.name &&
  a.virtual.uid === b.virtual.uid

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
