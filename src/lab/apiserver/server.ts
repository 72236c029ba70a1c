import { setMaxListeners } from 'node:events'
import { createServer, type Server as HttpsServer } from 'node:https'
import { closeServer, listen, systemClock, type Clock, type Logger } from '../../core/index.ts'
import {
  createAuthority,
  createTokenKey,
  formatKubeconfig,
  jwksOf,
  kubeconfigOf,
  type Authority,
  type JwksDocument,
  type KeyPair,
  type KubeClientOptions,
  type KubeObject,
  type Reflector,
  type Resource,
  type ServingRequest,
  type TokenKey,
} from '../../kube/index.ts'
import { createAggregator, createFrontProxy, publishFrontProxy } from './aggregation/index.ts'
import type { FrontProxyCredential } from './aggregation/index.ts'
import { createAuthenticator } from './authenticate.ts'
import { createStoreAuthorizer } from './authorize.ts'
import { bootstrap } from './bootstrap.ts'
import type { ApiContext } from './context.ts'
import { createKindRegistry } from './kind-registry.ts'
import { expireEvents } from './expire-events.ts'
import { handle } from './handle.ts'
import { serviceKind } from './kinds/index.ts'
import { kubeletOfNode, type FindNode } from './node-proxy/index.ts'
import { createKubeletConnections, openKubeletLog, type OpenPodLog } from './pod-logs/index.ts'
import { openKubeletStream, serveUpgrade, type OpenPodStream } from './pod-streams/index.ts'
import { reflectStore } from './reflect-store.ts'
import type { Server } from './request-server.ts'
import type { RequestInfo } from './request-info.ts'
import { createServiceAddresses } from './service-addresses.ts'
import { createTokenAuthenticator } from './service-account-tokens.ts'
import { createStore, type Store } from './store.ts'

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

/** A running Kubernetes API server, all in memory. */
export interface ApiServer extends AsyncDisposable {
  readonly name: string
  /** `https://address:port` */
  readonly url: string
  readonly address: string
  readonly port: number
  /** The CA that signed the serving certificate and signs client certificates. */
  readonly caPem: string
  readonly issuer: string
  /** The key that signs ServiceAccount tokens. */
  readonly tokenKey: TokenKey
  readonly jwks: JwksDocument
  /** Client certificate of `kubernetes-admin` in group `system:masters`. */
  readonly adminCredential: KeyPair
  /** How a cluster administrator connects. */
  adminOptions(): KubeClientOptions
  issueClientCertificate(commonName: string, organizations?: readonly string[]): Promise<KeyPair>
  /** A serving certificate of the cluster's CA, for the kubelet. */
  issueServingCertificate(request: ServingRequest): Promise<KeyPair>
  /** The administrator's kubeconfig, YAML. */
  kubeconfig(): Promise<string>
  /** A copy of a collection for controllers in this process, which need no watch over the wire. */
  reflect<T extends KubeObject>(of: Resource): Reflector<T>
  /** Requests since the start, by verb and resource: `list pods`. */
  requestCounts(): Readonly<Record<string, number>>
}

/** The issuer that kubeadm, minikube and vcluster all use, which is why it tells nobody apart. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local'

/** Starts an API server with keys and a CA of its own. Throws E_PORT_IN_USE or E_NO_PERMISSION. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  options.signal?.throwIfAborted()
  const [tokenKey, pki, frontProxy] = await Promise.all([
    createTokenKey(),
    createPki(options),
    createFrontProxy(),
  ])
  const { serving, admin, authority } = pki
  const https = createServer({
    cert: serving.certPem,
    key: serving.keyPem,
    ca: authority.certPem,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    keepAliveTimeout: 65_000,
  })
  const port = await listen(https, options, `the API server of ${options.name}`)
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal) // every watch listens to it
  const counts = new Map<string, number>()
  const { historyLimit } = options
  const store = createStore(historyLimit === undefined ? {} : { historyLimit })
  const kubelets = createKubeletConnections({
    store,
    caPem: authority.certPem,
    issueCertificate: (commonName) => authority.issueClient({ commonName, organizations: [] }),
  })
  const server = createRequestServer(
    {
      openLog: openKubeletLog(kubelets),
      openStream: openKubeletStream(kubelets),
      findNode: kubeletOfNode(kubelets),
      ...options,
      store,
      frontProxy,
      clientCaPem: authority.certPem,
    },
    port,
    tokenKey,
    stopping.signal,
    counts,
  )
  https.on('request', (request, response) => {
    response.on('error', (error) => options.log.debug({ err: error }, 'an answer was cut off'))
    void handle(server, request, response)
  })
  https.on('upgrade', (request, socket, head) => void serveUpgrade(server, request, socket, head))
  https.on('tlsClientError', (error) => options.log.debug({ err: error }, 'a TLS handshake failed'))
  const stop = stopper(https, stopping, kubelets)
  options.signal?.addEventListener('abort', () => void stop(), { once: true })

  const { name, address } = options
  const url = `https://${address}:${port}`
  const adminOptions = (): KubeClientOptions => ({
    server: url,
    ca: authority.certPem,
    credential: { kind: 'certificate', cert: admin.certPem, key: admin.keyPem },
  })
  return {
    name,
    url,
    address,
    port,
    caPem: authority.certPem,
    issuer: server.signer.issuer,
    tokenKey,
    jwks: jwksOf([tokenKey]),
    adminCredential: admin,
    adminOptions,
    issueClientCertificate: (commonName, organizations = []) =>
      authority.issueClient({ commonName, organizations }),
    issueServingCertificate: (request) => authority.issueServing(request),
    kubeconfig: () => {
      const { credential } = adminOptions()
      const config = { name, server: url, caPem: authority.certPem, credential }
      return formatKubeconfig(kubeconfigOf(config))
    },
    reflect: (of) => reflectStore(server.context, of),
    requestCounts: () => Object.fromEntries(counts),
    [Symbol.asyncDispose]: stop,
  }
}

const SERVICE_NAMES = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
]

async function createPki(
  options: ApiServerOptions,
): Promise<{ authority: Authority; serving: KeyPair; admin: KeyPair }> {
  const authority = await createAuthority(`${options.name}-ca`)
  const { dnsNames = [], addresses = [] } = options.certificateNames ?? {}
  const [serving, admin] = await Promise.all([
    authority.issueServing({
      commonName: 'kube-apiserver',
      dnsNames: [...new Set([...SERVICE_NAMES, ...dnsNames])],
      addresses: [
        ...new Set([
          options.address,
          ...(options.apiService ? [options.apiService.address] : []),
          '127.0.0.1',
          ...addresses,
        ]),
      ],
    }),
    authority.issueClient({
      commonName: 'kubernetes-admin',
      organizations: ['system:masters'],
    }),
  ])
  return { authority, serving, admin }
}

/** What pods and nodes have and the API server only passes on. */
type Elsewhere = Pick<Server, 'openLog' | 'openStream' | 'findNode'> & {
  readonly store: Store
  readonly frontProxy: FrontProxyCredential
  readonly clientCaPem: string
}

function createRequestServer(
  options: ApiServerOptions & Elsewhere,
  port: number,
  key: TokenKey,
  signal: AbortSignal,
  counts: Map<string, number>,
): Server {
  const { log, address, store, issuer = DEFAULT_ISSUER, clock = systemClock } = options
  const { openLog, openStream, findNode, frontProxy, clientCaPem } = options
  bootstrap(store, { address, port, clock, apiService: options.apiService ?? { address, port } })
  publishFrontProxy(store, { clientCaPem, caPem: frontProxy.caPem, clock })
  expireEvents(store, clock)
  const aggregator = createAggregator({ store, clock, credential: frontProxy, signal })
  const authorizer = createStoreAuthorizer(store)
  const ownKinds = [serviceKind(createServiceAddresses(store, options.serviceRange))]
  const context: ApiContext = {
    store,
    kinds: createKindRegistry(store, ownKinds),
    clock,
    log,
    authorizer,
  }
  const tokens = createTokenAuthenticator({ store, keys: [key], issuer, clock })
  return {
    context,
    tokens,
    openLog,
    openStream,
    findNode,
    aggregator,
    authenticate: createAuthenticator(tokens, log),
    authorizer,
    signer: { key, issuer },
    plain: {
      issuer,
      serverAddress: `${address}:${port}`,
      jwks: jwksOf([key]),
      kinds: context.kinds,
      remoteGroups: () => aggregator.groups(),
    },
    count: (info: RequestInfo) => {
      const what = info.isResource ? info.resource : 'other'
      const id = `${info.verb} ${what.slice(0, 63)}`
      if (counts.size < 1000 || counts.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1)
    },
    signal,
  }
}

/** Ends watches, then connections. Twice is harmless. */
function stopper(
  https: HttpsServer,
  stopping: AbortController,
  kubelets: AsyncDisposable,
): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () =>
    (stopped ??= (async () => {
      stopping.abort()
      await closeServer(https)
      await kubelets[Symbol.asyncDispose]()
    })())
}
