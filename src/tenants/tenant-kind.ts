import type { Pod } from '../kube/index.ts'
import { namespaceTenant } from './namespace-tenant.ts'
import type { PodIdentity, Tenant, UnownedReason } from './tenant.ts'
import { multiNamespaceTenant, vclusterTenant } from './vcluster-tenant.ts'

/**
 * Whose a host pod is and what its tenant calls it: all that differs between a virtual cluster and host namespaces that
 * are a tenant. What is the same for all (a namespace of two tenants is neither's, a pod that is there twice is
 * nobody's) is not decided here.
 */
export interface TenantKind {
  /** Whether this tenant says that the host namespace is its own. */
  claims(hostNamespace: string): boolean
  /** What the tenant calls a pod of one of its namespaces, or why it is not its pod. */
  identify(pod: Pod): PodIdentity | UnownedReason
  /** The host name of a claim, Secret or ConfigMap of the tenant. */
  hostObjectName(name: string, namespace: string): string
  /** The tenant's name of such an object of a namespace of its own; undefined: not known. Names things, decides nothing. */
  objectName(hostName: string, namespace: string): string | undefined
  /** Containers that only the host pod has. */
  readonly hostOnlyContainers: ReadonlySet<string>
}

const kinds = new WeakMap<Tenant, TenantKind>()

/** The rules for one tenant, made once per tenant object. */
export function kindOf(tenant: Tenant): TenantKind {
  const known = kinds.get(tenant)
  if (known !== undefined) return known
  const made = makeKind(tenant)
  kinds.set(tenant, made)
  return made
}

function makeKind({ vcluster, multiNamespace = false, hostNamespaces }: Tenant): TenantKind {
  if (vcluster === null) return namespaceTenant(hostNamespaces)
  return multiNamespace
    ? multiNamespaceTenant(hostNamespaces, vcluster)
    : vclusterTenant(hostNamespaces, vcluster)
}
