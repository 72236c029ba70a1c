/** The API server's wire: objects, resources, a client with list and watch, kubeconfigs, tokens, certificates, RBAC. */
export type * from './objects.ts'
export type * from './workloads.ts'
export type * from './client.ts'
export * from './resources.ts'
export * from './workload-resources.ts'
export * from './cluster-resources.ts'
export { isPodReady } from './pod-readiness.ts'
export { readSome, statusOf } from './answers.ts'
export { KubeStatusError, failure, isConflict, isGone, isNotFound } from './status.ts'
export { createKubeClient } from './http-client.ts'
export type { UpgradeAnswer, UpgradeRequest } from './upgrade.ts'
export {
  createAuthority,
  type Authority,
  type ClientRequest,
  type KeyPair,
  type ServingRequest,
} from './certificates.ts'
export {
  createTokenKey,
  jwksOf,
  parseJwks,
  signToken,
  verificationKeyOf,
  verifyToken,
  type JwksDocument,
  type TokenAlgorithm,
  type TokenFault,
  type TokenKey,
  type TokenVerdict,
  type VerificationKey,
  type VerifyOptions,
} from './tokens.ts'
export {
  MAX_TOKEN_LENGTH,
  decodeToken,
  type DecodedToken,
  type TokenHeader,
} from './decode-token.ts'
export {
  LEGACY_ISSUER,
  boundClaims,
  identityOf,
  legacyClaims,
  serviceAccountUsername,
  userOf,
  type KubernetesClaims,
  type NameAndUid,
  type TokenClaims,
  type TokenIdentity,
} from './token-claims.ts'
export {
  dnsLabelFault,
  dnsSubdomainFault,
  generateName,
  isDnsLabel,
  isDnsSubdomain,
  randomSuffix,
} from './names.ts'
export { serviceVariables } from './service-variables.ts'
export { qosClassOf, type QosClass } from './qos.ts'
export {
  formatBytes,
  formatCpu,
  parseCpuMillicores,
  parseQuantity,
  type QuantityResult,
} from './quantity.ts'
export {
  formatLabelSelector,
  fromLabelSelector,
  isLabelValue,
  isQualifiedName,
  matchesLabelSelector,
  matchesLabels,
  parseLabelSelector,
  type LabelRequirement,
  type LabelSelectorResult,
} from './label-selectors.ts'
export {
  matchesFields,
  parseFieldSelector,
  type FieldRequirement,
  type FieldSelectorResult,
} from './field-selectors.ts'
export {
  createRbacAuthorizer,
  type AccessDecision,
  type RbacAuthorizer,
  type RbacSource,
} from './rbac.ts'
export { ruleAllows, type AccessAttributes } from './rbac-rules.ts'
export { aggregateClusterRoles } from './rbac-aggregation.ts'
export { createReflector, type Reflector, type ReflectorOptions } from './reflector.ts'
export { createSharedStore } from './shared-store.ts'
export type { Change } from './object-store.ts'
export {
  reviewAccess,
  reviewOwnAccess,
  reviewToken,
  type AccessReviewResult,
  type TokenReviewResult,
} from './reviews.ts'
export {
  createSelfReviewer,
  reviewSelf,
  reviewSelfAccess,
  type SelfReviewResult,
  type SelfReviewTarget,
  type SelfReviewer,
} from './self-reviews.ts'
export {
  formatKubeconfig,
  kubeconfigOf,
  mergeKubeconfigs,
  parseKubeconfig,
  type Kubeconfig,
} from './kubeconfig.ts'
export { inClusterOptions, loadKubeconfig, targetOf, type KubeTarget } from './kubeconfig-target.ts'
