/** The API server's wire: objects, resources, a client with list and watch, kubeconfigs, tokens, certificates, RBAC. */
export type * from './objects.ts'
export type * from './client.ts'
export * from './resources.ts'
export { KubeStatusError, failure, isConflict, isGone, isNotFound } from './status.ts'
export { createKubeClient } from './http-client.ts'
