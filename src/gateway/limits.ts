/** Every number of this room, with its unit and its reason. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const MIB = 1024 * 1024

type LimitName =
  | 'targetLength'
  | 'logTargetLength'
  | 'podBytes'
  | 'podLooksApartMs'
  | 'headerBytes'
  | 'headerCount'
  | 'headersTimeoutMs'
  | 'connectionsLookMs'
  | 'requestTimeoutMs'
  | 'keepAliveTimeoutMs'
  | 'socketTimeoutMs'
  | 'tlsHandshakeTimeoutMs'
  | 'connections'
  | 'connectionsPerAddress'
  | 'connectionsPerTenant'
  | 'responseTimeoutMs'
  | 'clockSkewMs'
  | 'userTtlMs'
  | 'refusedTtlMs'
  | 'allowedTtlMs'
  | 'deniedTtlMs'
  | 'cacheEntries'
  | 'concurrentReviews'
  | 'reviewTimeoutMs'
  | 'upstreamBytes'
  | 'upstreamTimeoutMs'
  /** A gateway that has read the kubelet within this time is ready: a probe asks more often than agents do. */
  | 'readinessMs'
  | 'jwksBytes'
  | 'keyFileLookMs'
  | 'keyUrlRefreshMs'
  | 'keyUrlRetryMs'
  | 'configBytes'
  | 'discoveryStartMs'
  | 'metricTenants'
  | 'fileLookMs'
  | 'drainMs'

export const LIMITS: Readonly<Record<LimitName, number>> = {
  /** Characters of a request target. The longest served one is a node-proxy path with a node's name of 253. */
  targetLength: 512,
  /** The same where logs are served: three names, the node's, and the options. */
  logTargetLength: 1024,
  /** Bytes of one pod as a tenant's API server tells it; etcd takes no more. */
  podBytes: 2 * MIB,
  /** Logs make the node be looked at again, no more often than this. */
  podLooksApartMs: 250,
  /** Bytes of a request's head: a token has up to 16 KiB. */
  headerBytes: 32 * 1024,
  headerCount: 100,
  /** A request's head must be there within this time, in milliseconds. */
  headersTimeoutMs: 5 * SECOND,
  requestTimeoutMs: 10 * SECOND,
  /** How often connections are looked at for the two limits above. */
  connectionsLookMs: SECOND,
  /** An idle kept-alive connection is closed after this. Agents ask every 15 s. */
  keepAliveTimeoutMs: 65 * SECOND,
  /** A connection on which nothing moves, a slow reader's for example. */
  socketTimeoutMs: 70 * SECOND,
  tlsHandshakeTimeoutMs: 5 * SECOND,
  connections: 512,
  /** A pod has an address of its own: one client cannot take all connections. */
  connectionsPerAddress: 64,
  /** From however many addresses; of those over which one of its callers was known. */
  connectionsPerTenant: 96,
  /** A client must have taken an answer within this time: one that reads a byte a second is cut off. Not for logs. */
  responseTimeoutMs: 30 * SECOND,

  /** How far ahead the clock of a tenant’s API server may be; kube-apiserver’s own tolerance. */
  clockSkewMs: MINUTE,
  /** As the kubelet does: an accepted token for two minutes (never past its `exp`) … */
  userTtlMs: 2 * MINUTE,
  /** … a refused one shortly, so that a wrong token does not become a flood of reviews. */
  refusedTtlMs: 10 * SECOND,
  allowedTtlMs: 5 * MINUTE,
  deniedTtlMs: 30 * SECOND,
  /** Entries per tenant and cache. */
  cacheEntries: 1024,
  /** Reviews under way per tenant; more are answered with 503 at once. */
  concurrentReviews: 16,
  reviewTimeoutMs: 5 * SECOND,

  /** Bytes of one answer of the kubelet: a node of 500 pods sends 41 MB of cadvisor metrics. */
  upstreamBytes: 128 * MIB,
  upstreamTimeoutMs: 15 * SECOND,
  readinessMs: 30 * SECOND,
  jwksBytes: MIB,
  /** A key file is looked at no more often than this. */
  keyFileLookMs: SECOND,
  keyUrlRefreshMs: 5 * MINUTE,
  /** An unknown `kid` makes the keys be fetched again, no more often than this. */
  keyUrlRetryMs: 10 * SECOND,
  configBytes: MIB,
  /** How long a start or a reload waits for the first look at the host, in milliseconds. */
  discoveryStartMs: 5 * SECOND,

  /** Tenants that have metrics under their own name; the others share one. */
  metricTenants: 250,
  /** How often the configuration and the files that it names are looked at for changes. */
  fileLookMs: 2 * SECOND,
  /** What requests in flight get before a gateway that was told to stop ends; Kubernetes gives 30 s. */
  drainMs: 20 * SECOND,
}
