import type { Pod } from '../kube/index.ts'
import type { OwnerLookup, PodOwner } from '../kubelet/index.ts'
import { createOwnerMap, hostName, type OwnedPod, type Tenant } from '../tenants/index.ts'

/** Containers that the syncer adds to a host pod. */
const HOST_ONLY_CONTAINERS: ReadonlySet<string> = new Set(['vcluster-rewrite-hosts'])

/** What Kubernetes takes for a name or a uid. Anything else would have to be escaped somewhere: it is not told. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/
const UID = /^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/

/** Who owns the pods of one list: all checks of `tenants/`, in the form that the slicers ask for. */
export function ownerLookup(pods: readonly Pod[], tenants: readonly Tenant[]): OwnerLookup {
  const owned = createOwnerMap(pods, tenants)
  const slices = new Map(tenants.map((tenant, slice) => [tenant, slice]))
  const hostNetwork = new Set(
    pods.filter(({ spec }) => spec.hostNetwork === true).map(({ metadata }) => metadata.uid),
  )
  const known = new Map<OwnedPod, PodOwner | undefined>()
  return (namespace, name) => {
    const pod = owned.byName(namespace, name)
    if (pod === undefined) return undefined
    if (!known.has(pod)) {
      const slice = slices.get(pod.tenant)
      known.set(pod, slice === undefined ? undefined : podOwner(pod, slice, hostNetwork))
    }
    return known.get(pod)
  }
}

function podOwner(
  pod: OwnedPod,
  slice: number,
  hostNetwork: ReadonlySet<string | undefined>,
): PodOwner | undefined {
  const { host, virtual, tenant } = pod
  if (!NAME.test(virtual.name) || !NAME.test(virtual.namespace)) return undefined
  if (!UID.test(virtual.uid) || !UID.test(host.uid)) return undefined
  return {
    slice,
    host: { namespace: host.namespace, name: host.name },
    hostUid: host.uid,
    hostNetwork: hostNetwork.has(host.uid),
    virtual,
    hostOnlyContainers: HOST_ONLY_CONTAINERS,
    virtualName: (name) => virtualName(name, virtual.namespace, tenant.vcluster),
  }
}

/**
 * The virtual name of an object that the pod names: its own namespace is known, so the name is what stands before it, and
 * it must translate back. A name that had to be cut cannot be undone. This names things and decides nothing.
 */
function virtualName(name: string, namespace: string, vcluster: string): string | undefined {
  const suffix = `-x-${namespace}-x-${vcluster}`
  if (!name.endsWith(suffix)) return undefined
  const candidate = name.slice(0, -suffix.length)
  if (!NAME.test(candidate)) return undefined
  return hostName(candidate, namespace, vcluster) === name ? candidate : undefined
}
