import type { Pod } from '../kube/index.ts'
import { kindOf } from './tenant-kind.ts'
import type { Ownership, Tenant, UnownedReason } from './tenant.ts'

const unowned = (reason: UnownedReason): Ownership => ({ owned: false, reason })

/**
 * Whose a host pod is, and what the tenant calls it. Five checks, all of them, in this order: the namespace is one
 * tenant's and nobody else's; the marker names that tenant's vcluster; the virtual coordinates are there, and they are
 * a pod's; the host coordinates, if there, are the pod's own; the virtual name translates to the host name. For a tenant
 * without a virtual cluster the first is all there is.
 * The annotations only name a pod within a tenant that namespace and marker have already decided; those that a tenant
 * can write (`vcluster.loft.sh/name`, `namespace`, `uid`, `labels`) are never read.
 * Source: vcluster's own `IsManaged`.
 */
export function ownershipOf(pod: Pod, tenants: readonly Tenant[]): Ownership {
  return ownershipAmong(pod, claimantsOf(pod.metadata.namespace, tenants))
}

/** As `ownershipOf`, for who claims the pod's namespace. */
export function ownershipAmong(pod: Pod, claimants: readonly Tenant[]): Ownership {
  const [tenant, second] = claimants
  const { namespace, name = '', uid = '' } = pod.metadata
  if (tenant === undefined || namespace === undefined) return unowned('namespace-of-no-tenant')
  if (second !== undefined) return unowned('namespace-of-two-tenants')
  const virtual = kindOf(tenant).identify(pod)
  if (typeof virtual === 'string') return unowned(virtual)
  return { owned: true, pod: { tenant, host: { namespace, name, uid }, virtual } }
}

/** Every tenant that says a host namespace is its own. Only a namespace with one claimant is anybody's. */
export function claimantsOf(
  namespace: string | undefined,
  tenants: readonly Tenant[],
): readonly Tenant[] {
  if (namespace === undefined) return []
  return tenants.filter((tenant) => kindOf(tenant).claims(namespace))
}

/** The listed namespaces that more than one tenant claims, with the names of those who do. */
export function contestedNamespaces(
  tenants: readonly Tenant[],
): ReadonlyMap<string, readonly string[]> {
  const listed = new Set(tenants.flatMap(({ hostNamespaces }) => hostNamespaces))
  const contested = new Map<string, readonly string[]>()
  for (const namespace of listed) {
    const names = claimantsOf(namespace, tenants).map(({ name }) => name)
    if (names.length > 1) contested.set(namespace, names)
  }
  return contested
}
