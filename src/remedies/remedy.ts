import type { DaemonSet, KubeObject } from '../kube/index.ts'

/** The remedies that this version knows. */
export type RemedyId =
  'none' | 'token-override' | 'token-path' | 'host-agent' | 'runtime' | 'gateway'

/** One tenant, as the gateway's configuration needs it. */
export interface GatewayTenant {
  readonly name: string
  readonly hostNamespace: string
  /** `https://host:port` of its own API server. */
  readonly apiUrl: string
  readonly apiCaPem: string
  /** The document of `/openid/v1/jwks`. */
  readonly jwks: string
}

/** What the gateway's manifests need to know of the place where they go. */
export interface GatewayFacts {
  readonly image: string
  /** `${NODE_NAME}` and `${NODE_IP}`, here and in `kubeletUrl`: each node's own, which its gateway fills in. */
  readonly nodeName: string
  /** The node's address that the gateway listens on (0.0.0.0: every one), and its port. */
  readonly address: string
  readonly port: number
  /** A loopback address of the node, for its own metrics and its readiness. */
  readonly adminAddress: string
  /** `https://host:port` of the host's kubelet. */
  readonly kubeletUrl: string
  /** How long one reading of the kubelet serves all tenants; the gateway's own default when it is left out. */
  readonly snapshotTtl?: string
  /** The certificate that the gateway shows, and the authority that agents are to trust. PEM. */
  readonly certPem: string
  readonly keyPem: string
  readonly caPem: string
  readonly tenants: readonly GatewayTenant[]
}

/** What the manifests of an agent on the host need to know. */
export interface HostAgentFacts {
  readonly image: string
  /** The vclusters of the host, whose pods it calls by their virtual names. */
  readonly vclusters: readonly { readonly name: string; readonly hostNamespace: string }[]
}

/** Where a remedy is applied: one vcluster, and the agent in it. */
export interface RemedyTarget {
  readonly vcluster: string
  readonly hostNamespace: string
  readonly agentNamespace: string
  readonly agentName: string
  /** The container of the agent's DaemonSet that runs the checks. */
  readonly agentContainer: string
  readonly gateway: GatewayFacts
  readonly hostAgent: HostAgentFacts
}

/** An agent's container that a remedy brings, and where. */
export interface BroughtAgent {
  readonly namespace: string
  /** A label selector of its pods. */
  readonly selector: string
  readonly container: string
}

/** Values of a host Secret that are copied into a Secret of the tenant. */
export interface SecretCopy {
  readonly from: { readonly namespace: string; readonly name: string }
  readonly to: { readonly namespace: string; readonly name: string }
  readonly keys: readonly string[]
}

/** One known way to give the agent its metrics, as data: what it changes, what it costs, what to apply where. */
export interface Remedy {
  readonly id: RemedyId
  readonly title: string
  readonly summary: string
  readonly changes: readonly string[]
  /** What it costs or risks, in one breath; `risks` has all of it. */
  readonly price: string
  readonly risks: readonly string[]
  /** The check that brings the metrics when the remedy is in place. */
  readonly check: 'kubelet' | 'container'
  /** The agent on the host that takes the place of the tenant's, which stops; undefined: the tenant's own goes on. */
  readonly hostAgent?: BroughtAgent
  /** Objects for the host cluster, in the order in which they are applied. */
  hostObjects(target: RemedyTarget): KubeObject[]
  /** Secrets that have to be carried from the host into the tenant. */
  secretCopies(target: RemedyTarget): SecretCopy[]
  /** Objects for the virtual cluster. */
  tenantObjects(target: RemedyTarget): KubeObject[]
  /** The agent's DaemonSet with the remedy in it; the one given is left as it is. */
  changeAgent(daemonSet: DaemonSet, target: RemedyTarget): DaemonSet
}
