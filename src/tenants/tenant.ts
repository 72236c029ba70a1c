/** A tenant: one virtual cluster on this host, or host namespaces of its own. */
export interface Tenant {
  /** Unique on this host. */
  readonly name: string
  /** The host namespaces that belong to it and to no other tenant. */
  readonly hostNamespaces: readonly string[]
  /** The value of `vcluster.loft.sh/managed-by`; null: no virtual cluster, the host namespaces are the tenant. */
  readonly vcluster: string | null
  /** A vcluster ≤ 0.25 in multi-namespace mode; its host namespace is the control plane's. Default false. */
  readonly multiNamespace?: boolean
}

/** Where an object is, and which one: two tenants both have a `web-0`. */
export interface PodIdentity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** A host pod that belongs to a tenant, and what the tenant calls it. */
export interface OwnedPod {
  readonly tenant: Tenant
  readonly host: PodIdentity
  readonly virtual: PodIdentity
}

/** Why a host pod belongs to nobody: the first of the five checks that failed, or one of the two reasons after them. */
export type UnownedReason =
  | 'namespace-of-no-tenant'
  | 'namespace-of-two-tenants'
  | 'not-managed-by-vcluster'
  | 'virtual-name-missing'
  | 'other-object-kind'
  | 'other-host-object'
  | 'name-does-not-translate'
  /** All five hold, but there is no virtual uid to report the pod under (vcluster before 0.14). */
  | 'virtual-uid-missing'
  /** Two host pods of one list have the same namespace and name, or the same uid. */
  | 'host-pod-twice'

export type Ownership =
  | { readonly owned: true; readonly pod: OwnedPod }
  | { readonly owned: false; readonly reason: UnownedReason }
