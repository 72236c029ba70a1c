import { createLogger, createStack, rfc3339, secret, waitFor } from '../../src/core/index.ts'
import {
  PODS,
  SERVICEACCOUNTS,
  createKubeClient,
  isNotFound,
  type KubeClient,
  type KubeClientOptions,
  type KubeObject,
  type Pod,
  type Resource,
} from '../../src/kube/index.ts'
import { startApiServer, type ApiServer } from '../../src/lab/apiserver/index.ts'
import { applyObjects } from '../../src/lab/apply-objects.ts'
import { startControllers } from '../../src/lab/controllers/index.ts'
import {
  runVcluster,
  vclusterHostManifests,
  type Vcluster,
  type VclusterOptions,
} from '../../src/lab/vcluster/index.ts'

export const NODE_NAME = 'node-1'
export const HOST_NAMESPACE = 'vcluster-k8s1'

/** Without the scheduler: there is no node, and the test says what runs where. */
const HOST_CONTROLLERS = [
  'serviceaccount',
  'token-secret',
  'namespace',
  'garbage-collector',
] as const

/** A host cluster and a vcluster on it, both with real API servers; the test plays the host's scheduler and kubelet. */
export interface Pair extends AsyncDisposable {
  readonly hostServer: ApiServer
  /** Administrator of the host. */
  readonly host: KubeClient
  /** The vcluster's own ServiceAccount on the host. */
  readonly syncerOptions: KubeClientOptions
  readonly vcluster: Vcluster
  /** Administrator of the virtual cluster. */
  readonly virtual: KubeClient
  start(options?: Partial<VclusterOptions>): Promise<Vcluster>
}

export async function startPair(more: Partial<VclusterOptions> = {}): Promise<Pair> {
  const stack = createStack()
  const log = createLogger('test', 'silent')
  const hostServer = stack.use(
    await startApiServer({ name: 'host', address: '127.0.0.1', port: 0, log }),
  )
  const host = stack.use(createKubeClient(hostServer.adminOptions()))
  const { tokenKey, caPem: rootCaPem } = hostServer
  stack.use(
    await startControllers({ client: host, tokenKey, rootCaPem, which: HOST_CONTROLLERS, log }),
  )
  const { syncNodes = false } = more
  const manifests = vclusterHostManifests({
    name: 'k8s1',
    hostNamespace: HOST_NAMESPACE,
    syncNodes,
  })
  await applyObjects(host, manifests)
  const syncerOptions = {
    ...hostServer.adminOptions(),
    credential: { kind: 'token', token: secret(await syncerToken(host)) },
  } as const
  const start = async (options: Partial<VclusterOptions> = {}): Promise<Vcluster> =>
    runVcluster({
      name: 'k8s1',
      hostNamespace: HOST_NAMESPACE,
      address: '127.0.0.1',
      port: 0,
      host: syncerOptions,
      nodeName: NODE_NAME,
      log,
      ...more,
      ...options,
    })
  try {
    const vcluster = stack.use(await start())
    return {
      hostServer,
      host,
      syncerOptions,
      vcluster,
      virtual: vcluster.client,
      start,
      [Symbol.asyncDispose]: async () => stack[Symbol.asyncDispose](),
    }
  } catch (error) {
    await stack[Symbol.asyncDispose]()
    throw error
  }
}

async function syncerToken(host: KubeClient): Promise<string> {
  const answer = await host.create<KubeObject>(
    SERVICEACCOUNTS,
    { metadata: {}, spec: { expirationSeconds: 3600 } },
    { namespace: HOST_NAMESPACE, name: 'vc-k8s1', subresource: 'token' },
  )
  return (answer['status'] as { token: string }).token
}

/** Waits until the object is there and is as wanted. */
export function seen<T extends KubeObject>(
  client: KubeClient,
  of: Resource,
  key: { namespace?: string; name: string },
  isWanted: (object: T) => boolean = () => true,
): Promise<T> {
  let last = 'nothing'
  return waitFor(
    `${of.kind} ${key.namespace ?? ''}/${key.name}`,
    async () => {
      const found = await find<T>(client, of, key)
      last = JSON.stringify(found)
      return found !== undefined && isWanted(found) ? found : undefined
    },
    { timeoutMs: 15_000, intervalMs: 10, last: () => last },
  )
}

/** Waits until the object is gone. */
export async function gone(
  client: KubeClient,
  of: Resource,
  key: { namespace?: string; name: string },
): Promise<void> {
  await waitFor(
    `the end of ${of.kind} ${key.name}`,
    async () => ((await find(client, of, key)) === undefined ? true : undefined),
    { timeoutMs: 15_000, intervalMs: 10 },
  )
}

async function find<T extends KubeObject>(
  client: KubeClient,
  of: Resource,
  key: { namespace?: string; name: string },
): Promise<T | undefined> {
  try {
    return await client.get<T>(of, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** What scheduler and kubelet do to a host pod: bind it, and report that it runs. */
export async function runOnHost(host: KubeClient, name: string, podIP = '127.0.0.9'): Promise<Pod> {
  const key = { namespace: HOST_NAMESPACE, name }
  const bound = await host.get<Pod>(PODS, key)
  if (bound.spec.nodeName === undefined) {
    const binding = {
      metadata: key,
      target: { apiVersion: 'v1', kind: 'Node', name: NODE_NAME },
    }
    await host.create(PODS, binding, { ...key, subresource: 'binding' })
  }
  const now = rfc3339(Date.now())
  const pod = await host.get<Pod>(PODS, key)
  return host.update<Pod>(
    PODS,
    {
      ...pod,
      status: {
        ...pod.status,
        phase: 'Running',
        hostIP: '127.0.0.1',
        podIP,
        podIPs: [{ ip: podIP }],
        startTime: now,
        conditions: [
          { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: now },
        ],
        containerStatuses: pod.spec.containers.map((container) => ({
          name: container.name,
          state: { running: { startedAt: now } },
          lastState: {},
          ready: true,
          restartCount: 0,
          image: container.image,
          imageID: 'sha256:0',
          containerID: `docker://${'0'.repeat(64)}`,
        })),
      },
    },
    { subresource: 'status' },
  )
}
