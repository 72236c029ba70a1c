import { createStack, describeError, type Logger } from '../../core/index.ts'
import {
  SERVICES,
  createKubeClient,
  type KubeClient,
  type KubeClientOptions,
  type Service,
} from '../../kube/index.ts'
import { startApiServer, type ApiServer } from '../apiserver/index.ts'
import { createInformers, startControllers, type ControllerName } from '../controllers/index.ts'
import { writeAccessSecret } from './access-secret.ts'
import type { SyncContext } from './context.ts'
import { openHostLog } from './open-host-log.ts'
import { openHostStream } from './open-host-stream.ts'
import { readServiceRange } from './read-service-range.ts'
import { startSyncer } from './syncer.ts'

export const VCLUSTER_PORT = 8443

/** All but the scheduler: the host's places the pods. */
const CONTROLLERS: readonly ControllerName[] = [
  'serviceaccount',
  'token-secret',
  'namespace',
  'replicaset',
  'deployment',
  'daemonset',
  'statefulset',
  'job',
  'cronjob',
  'endpoints',
  'disruption',
  'horizontalpodautoscaler',
  'garbage-collector',
  'clusterroles',
]

export interface VclusterOptions {
  readonly name: string
  /** Where its pod, its Service and everything it syncs are on the host. */
  readonly hostNamespace: string
  /** The pod's address: pods and people reach the virtual API server there. */
  readonly address: string
  /** Default 8443; 0: the system picks one. */
  readonly port?: number
  /** The host's API server, as the vcluster's own ServiceAccount. */
  readonly host: KubeClientOptions
  /** A node that the virtual cluster has from the start; others come and all go with the pods that run on them. */
  readonly nodeName?: string
  /** Tokens go into Secrets instead of annotations. Default false, as the real one's. */
  readonly useSecretsForSATokens?: boolean
  /** Nodes as the host has them (`sync.fromHost.nodes.enabled`); needs a ClusterRole there. Default false. */
  readonly syncNodes?: boolean
  /** Its Service on the host leads to it, so pods reach it there, as in a real cluster. Default false: at `address`. */
  readonly apiAtService?: boolean
  readonly log: Logger
  /** Ends the vcluster, as disposing it does. */
  readonly signal?: AbortSignal
}

/** A running virtual cluster. */
export interface Vcluster extends AsyncDisposable {
  readonly name: string
  readonly apiServer: ApiServer
  /** Cluster administrator of the virtual cluster. */
  readonly client: KubeClient
}

/**
 * Starts a virtual control plane with its own CA and keys (issuer and audience are the same in every cluster, as with
 * the real one), its controllers and the syncer; there is no scheduler, pods run where the host puts them. Resolves
 * when all of it works and the Secret `vc-<name>` is written on the host. What had started is closed when a part fails.
 * Throws E_PORT_IN_USE, E_HTTP or KubeStatusError.
 */
export async function runVcluster(options: VclusterOptions): Promise<Vcluster> {
  options.signal?.throwIfAborted()
  const stack = createStack()
  let closed: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closed ??= (async () => {
      await stack[Symbol.asyncDispose]()
    })())
  try {
    const { apiServer, client } = await startParts(options, stack)
    options.signal?.throwIfAborted()
    const onAbort = (): void => {
      close().catch((error: unknown) =>
        options.log.warn({ error: describeError(error) }, 'closing'),
      )
    }
    options.signal?.addEventListener('abort', onAbort, { once: true })
    return { name: options.name, apiServer, client, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startParts(
  options: VclusterOptions,
  stack: ReturnType<typeof createStack>,
): Promise<{ apiServer: ApiServer; client: KubeClient }> {
  const { name, hostNamespace, address, log, nodeName } = options
  const host = stack.use(createKubeClient({ ...options.host, userAgent: 'vcluster' }))
  const apiAtService = options.apiAtService ?? false
  const [service, serviceRange] = await both(
    host.get<Service>(SERVICES, { namespace: hostNamespace, name }),
    apiAtService ? readServiceRange(host, hostNamespace) : Promise.resolve(undefined),
  )
  const apiService = apiAtService ? placeOf(service) : undefined
  const apiServer = stack.use(
    await startApiServer({
      name,
      address,
      port: options.port ?? VCLUSTER_PORT,
      certificateNames: { dnsNames: [name, `${name}.${hostNamespace}`] },
      ...(apiService && { apiService }),
      ...(serviceRange === undefined ? {} : { serviceRange }),
      openLog: openHostLog(host, { vcluster: name, hostNamespace }),
      openStream: openHostStream(host, { vcluster: name, hostNamespace }),
      // Its nodes are the host's: whether the syncer may proxy to them is for the host to say, and it may not.
      findNode: (node) => Promise.resolve({ client: host, prefix: `/api/v1/nodes/${node}/proxy` }),
      log,
    }),
  )
  const client = stack.use(createKubeClient(apiServer.adminOptions()))
  const context: SyncContext = {
    vcluster: name,
    hostNamespace,
    owner: { name, uid: service.metadata.uid ?? '' },
    api: apiService ?? { address, port: apiServer.port },
    apiAtService: apiService !== undefined,
    dnsAddress: address,
    useSecretsForSATokens: options.useSecretsForSATokens ?? false,
    syncNodes: options.syncNodes ?? false,
  }
  const { tokenKey, caPem: rootCaPem } = apiServer
  const informers = stack.use(createInformers((of) => apiServer.reflect(of)))
  await both(
    startControllers({
      client,
      tokenKey,
      rootCaPem,
      which: CONTROLLERS,
      informers,
      log,
    }).then((started) => stack.use(started)),
    startSyncer({ context, virtual: client, informers, host, nodeName, log }).then((started) =>
      stack.use(started),
    ),
  )
  await writeAccessSecret(host, apiServer, context)
  return { apiServer, client }
}

/** Where a vcluster's Service on the host is. */
function placeOf({ spec }: Service): { address: string; port: number } | undefined {
  const port = spec.ports?.find((one) => one.name === 'https')?.port
  const { clusterIP } = spec
  return port === undefined || !clusterIP || clusterIP === 'None'
    ? undefined
    : { address: clusterIP, port }
}

/** Both results; when one fails, only after the other has settled too, so that what it opened is closed with the rest. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other])
  return Promise.all([one, other])
}
