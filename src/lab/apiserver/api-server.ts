import type { Clock, Logger } from '../../core/index.ts'
import type {
  JwksDocument,
  KeyPair,
  KubeClientOptions,
  KubeObject,
  Reflector,
  Resource,
  ServingRequest,
  TokenKey,
} from '../../kube/index.ts'
import type { FindNode } from './node-proxy/index.ts'
import type { OpenPodLog } from './pod-logs/index.ts'
import type { OpenPodStream } from './pod-streams/index.ts'

export interface ApiServerOptions {
  /** Names the CA and the kubeconfig's context. */
  readonly name: string
  readonly address: string
  /** 0: the system picks one. */
  readonly port: number
  /** Names and addresses for the serving certificate, besides the usual ones. */
  readonly certificateNames?: {
    readonly dnsNames?: readonly string[]
    readonly addresses?: readonly string[]
  }
  /** Issuer and audience of ServiceAccount tokens. */
  readonly issuer?: string
  readonly clock?: Clock
  readonly log: Logger
  /** Ends the server, as disposing it does. */
  readonly signal?: AbortSignal
  /** Changes per kind that a watch may be behind. Default 250. */
  readonly historyLimit?: number
  /** What Services' addresses are of (`10.96.0.0/12`); others are refused. Default: addresses of 10.96.0.0/16, and any that is wished for. */
  readonly serviceRange?: string
  /** Address and port of the Service `default/kubernetes`. Default: the server's own. */
  readonly apiService?: { readonly address: string; readonly port: number }
  /** Where containers' logs come from; default: from the kubelets of the cluster's nodes. */
  readonly openLog?: OpenPodLog
  /** Where exec, attach and port-forward lead; default: to the kubelets of the cluster's nodes. */
  readonly openStream?: OpenPodStream
  /** Where `nodes/proxy` leads; default: to the kubelets of the cluster's nodes. */
  readonly findNode?: FindNode
}

/** Where an API server is, and the certificates with which one gets in. */
export interface ApiServerAccess {
  readonly name: string
  /** `https://address:port` */
  readonly url: string
  readonly address: string
  readonly port: number
  /** The CA that signed the serving certificate and signs client certificates. */
  readonly caPem: string
  /** Client certificate of `kubernetes-admin` in group `system:masters`. */
  readonly adminCredential: KeyPair
  /** How a cluster administrator connects. */
  adminOptions(): KubeClientOptions
  issueClientCertificate(commonName: string, organizations?: readonly string[]): Promise<KeyPair>
  /** A serving certificate of the cluster's CA, for the kubelet. */
  issueServingCertificate(request: ServingRequest): Promise<KeyPair>
  /** The administrator's kubeconfig, YAML. */
  kubeconfig(): Promise<string>
}

/** A running Kubernetes API server, all in memory. */
export interface ApiServer extends ApiServerAccess, AsyncDisposable {
  readonly issuer: string
  /** The key that signs ServiceAccount tokens. */
  readonly tokenKey: TokenKey
  readonly jwks: JwksDocument
  /** A copy of a collection for controllers in this process, which need no watch over the wire. */
  reflect<T extends KubeObject>(of: Resource): Reflector<T>
  /** Requests since the start, by verb and resource: `list pods`. */
  requestCounts(): Readonly<Record<string, number>>
}
