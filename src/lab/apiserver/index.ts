/** The lab's Kubernetes API server: store, REST verbs, watch, authentication, RBAC and reviews, all in memory. */
export type { OpenPodLog } from './pod-logs/index.ts'
export type { OpenPodStream } from './pod-streams/index.ts'
export type { ApiServer, ApiServerOptions } from './api-server.ts'
export { DEFAULT_ISSUER } from './create-request-server.ts'
export { startApiServer } from './server.ts'
