/** Who owns a host pod, and how host and virtual names translate. Pure: plain objects in, plain objects out. */
export * as keys from './keys.ts'
export { hostName, labelKey, multiNamespaceName, nsLabelKey, safeConcat } from './names.ts'
export { findVclusters, type FoundVcluster, type NotAControlPlane } from './find-vclusters.ts'
export { claimantsOf, contestedNamespaces, ownershipOf } from './ownership.ts'
export { kindOf, type TenantKind } from './tenant-kind.ts'
export { createOwnerMap, type OwnerMap } from './owners.ts'
export type { OwnedPod, Ownership, PodIdentity, Tenant, UnownedReason } from './tenant.ts'
