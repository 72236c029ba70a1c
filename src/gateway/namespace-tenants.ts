import {
  identityOf,
  type AccessAttributes,
  type AccessReviewResult,
  type TokenClaims,
} from '../kube/index.ts'
import { claimantsOf } from '../tenants/index.ts'
import type { TenantConfig } from './config.ts'
import type { GatewayTenant } from './gateway-tenant.ts'

/**
 * Tenants that are host namespaces have one API server, the host's, and so the same keys. Theirs alone may be shared, and
 * only with each other: a token's namespace, which that key has signed, then tells whose it is.
 */
export function mayShareKeys(one: GatewayTenant, other: GatewayTenant): boolean {
  return one.config.vcluster === null && other.config.vcluster === null
}

/** The tenant of a host token: the only one, of any kind, that claims its service account's namespace. */
export function tenantOfHostToken(
  claims: TokenClaims,
  tenants: readonly GatewayTenant[],
): GatewayTenant | undefined {
  const namespace = identityOf(claims)?.namespace
  const configs = tenants.map(({ config }) => config)
  const [config, second] = claimantsOf(namespace, configs)
  if (config?.vcluster !== null || second !== undefined) return undefined
  return tenants.find((tenant) => tenant.config === config)
}

/**
 * What a caller must be allowed, all of it. In a virtual cluster: `get` of the node's subresource, as a kubelet asks. On the
 * host that would be a credential for the whole node, so tenants that are namespaces need `list pods` in each of them
 * instead; one that has no namespace at the moment has nobody who may read.
 */
export function wantedAccess(
  { vcluster, hostNamespaces }: TenantConfig,
  { name, subresource }: { readonly name: string; readonly subresource: string },
): readonly AccessAttributes[] {
  const core = { kind: 'resource', version: 'v1' } as const
  if (vcluster !== null) return [{ ...core, verb: 'get', resource: 'nodes', subresource, name }]
  return hostNamespaces.map((namespace) => ({ ...core, verb: 'list', resource: 'pods', namespace }))
}

/** Asks one after the other until one is not allowed; what wants nothing is denied. */
export async function everyAccess(
  all: readonly AccessAttributes[],
  ask: (wanted: AccessAttributes) => Promise<AccessReviewResult>,
): Promise<AccessReviewResult> {
  let result: AccessReviewResult = { kind: 'denied', reason: 'the tenant has no namespace' }
  for (const wanted of all) {
    result = await ask(wanted)
    if (result.kind !== 'allowed') return result
  }
  return result
}
