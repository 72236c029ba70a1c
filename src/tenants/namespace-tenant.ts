import type { TenantKind } from './tenant-kind.ts'

/**
 * Host namespaces as a tenant, plain or Capsule's: the namespace alone decides, and the host's names and uids are the
 * tenant's own. Its API server is the host's. A static pod in such a namespace is the tenant's to see, as its mirror is
 * in the API, under the uid that the list of host pods gives it.
 */
export function namespaceTenant(hostNamespaces: readonly string[]): TenantKind {
  const own = new Set(hostNamespaces)
  return {
    claims: (namespace) => own.has(namespace),
    identify({ metadata: { name, namespace, uid } }) {
      if (!name || !namespace || !uid) return 'virtual-uid-missing'
      return { namespace, name, uid }
    },
    hostObjectName: (name) => name,
    objectName: (hostName) => hostName,
    hostOnlyContainers: new Set(),
  }
}
