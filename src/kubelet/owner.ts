/**
 * What the slicers must know about the owner of a host pod. This room knows nothing of tenants: a slice is a number, and
 * who owns what is asked of an injected lookup, made from the host pods of the same instant as the payload.
 */

/** What a slice tells about the node itself: nothing, the node as the sum of the slice's own pods, or also its size. */
export type NodeView = 'none' | 'own-sum' | 'capacity'

/** A host pod that belongs to a slice, and what it is called there. */
export interface PodOwner {
  /** Index of the slice: 0, 1, 2 … */
  readonly slice: number
  readonly host: { readonly namespace: string; readonly name: string }
  /** The host pod's uid as the kubelet reports it: a row that carries another one is stale. */
  readonly hostUid: string
  /** With the node's network: its interface counters are facts about the node. */
  readonly hostNetwork: boolean
  readonly virtual: { readonly namespace: string; readonly name: string; readonly uid: string }
  /** Containers that only the host pod has; nothing about them is told. */
  readonly hostOnlyContainers: ReadonlySet<string>
  /** The virtual name of an object (claim, Secret, ConfigMap) that the host pod names; undefined: not known, leave it out. */
  virtualName(hostName: string): string | undefined
}

/** The owner of the host pod with these coordinates; undefined: nobody's, so nothing about it is told. */
export type OwnerLookup = (hostNamespace: string, hostPod: string) => PodOwner | undefined

/** A host claim that pods of a slice mount, and what it is called there. */
export interface ClaimOwner {
  readonly slice: number
  readonly virtual: { readonly namespace: string; readonly name: string }
}

/** The owner of the host claim with these coordinates; undefined: nobody's, or its virtual name is not known. */
export type ClaimLookup = (hostNamespace: string, hostClaim: string) => ClaimOwner | undefined
