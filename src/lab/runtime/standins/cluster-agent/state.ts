/** What the Cluster Agent knows, as `status --json` prints it. Times are milliseconds since 1970; 0: never. */
export interface ClusterAgentState {
  readonly pid: number
  readonly hostname: string
  readonly clusterName: string | null
  readonly startedAt: number
  readonly statusAt: number
  readonly server: string
  readonly leaderElection: LeaderElection
  readonly clusterChecks: { readonly enabled: boolean; readonly configurations: number }
  readonly apiserver: ApiServerCheck
  readonly metadata: MetadataMap
  /** By name; undefined reason: healthy. */
  readonly components: readonly { readonly name: string; readonly why?: string }[]
}

export interface LeaderElection {
  readonly status: 'disabled' | 'running' | 'failing'
  readonly error: string | null
  readonly isLeader: boolean
  /** The pod that holds the lease. */
  readonly leader: string | null
  readonly acquiredAt: number
  readonly renewedAt: number
  readonly transitions: number
}

/** The check `kubernetes_apiserver`: what the API server was asked, and what it said last. */
export interface ApiServerCheck {
  readonly totalRuns: number
  readonly lastRunAt: number
  readonly lastSuccessAt: number
  /** How many objects there are, by resource; an error where it could not be asked. */
  readonly resources: readonly ResourceCount[]
}

export interface ResourceCount {
  readonly resource: string
  readonly count: number | null
  readonly error: string | null
}

/** Which Services lead to which pods: `<namespace>/<pod>` to the Services' names. */
export interface MetadataMap {
  readonly pods: number
  readonly services: number
  readonly error: string | null
}

/** The Services of each pod, and when they were read. */
export type ServicesOfPods = ReadonlyMap<string, readonly string[]>
