import type { OwnerReference } from '../../kube/index.ts'

/** What the translation of a virtual object needs to know about its vcluster and the host. */
export interface SyncContext {
  /** The vcluster's name. */
  readonly vcluster: string
  readonly hostNamespace: string
  /** What every synced object belongs to: the vcluster's Service on the host. Missing while that has no uid. */
  readonly owner: { readonly name: string; readonly uid: string } | undefined
  /** Where pods reach the virtual API server. */
  readonly api: { readonly address: string; readonly port: number }
  /** That is its Service; and something leads to other Services too. */
  readonly apiAtService: boolean
  /** The name server of the pods, as `kube-dns` is one. */
  readonly dnsAddress: string
  /** Tokens go into a Secret instead of an annotation (`sync.toHost.pods.useSecretsForSATokens`). */
  readonly useSecretsForSATokens: boolean
  /** Nodes are copies of the host's instead of made up (`sync.fromHost.nodes.enabled`). */
  readonly syncNodes: boolean
}

/** The reference to the vcluster's Service. `controller` is set for a pod that has a controller in the virtual cluster. */
export function ownerReferences(context: SyncContext, controller: boolean): OwnerReference[] {
  if (context.owner === undefined) return []
  return [{ apiVersion: 'v1', kind: 'Service', ...context.owner, controller }]
}
