import { SubletError, waitFor } from '../core/index.ts'
import {
  NODES,
  PODS,
  SECRETS,
  createKubeClient,
  createReflector,
  isNotFound,
  isPodReady,
  parseKubeconfig,
  targetOf,
  type KubeClient,
  type Pod,
  type Reflector,
  type Secret,
} from '../kube/index.ts'
import { applyObjects } from './apply-objects.ts'
import type { VclusterAccess } from './lab-kubeconfig.ts'
import type { ContainerInfo } from './runtime/index.ts'
import { vclusterHostManifests, vclusterWorkloads } from './vcluster/index.ts'

const START_TIMEOUT_MS = 60_000

/** The containers of all nodes, as their runtimes list them now. */
type Containers = () => readonly ContainerInfo[]

/** Starts vclusters side by side, each a pod on the host, and puts the lab's workloads into them. */
export async function startVclusters(options: {
  names: readonly string[]
  host: KubeClient
  /** The host's Secrets, as they are now. */
  secrets: Reflector<Secret>
  containers: Containers
  /** All nodes; the vclusters see the first one from the start. */
  nodes: readonly string[]
  /** What their Services have the API server's port as. */
  servicePort: number
  /** Their nodes are copies of the host's. */
  syncNodes: boolean
  signal: AbortSignal
}): Promise<VclusterAccess[]> {
  const { nodes } = options
  const [first] = nodes
  return Promise.all(
    options.names.map(async (name) => {
      const hostNamespace = `vcluster-${name}`
      await applyObjects(
        options.host,
        vclusterHostManifests({
          name,
          hostNamespace,
          servicePort: options.servicePort,
          hasVolume: true,
          syncNodes: options.syncNodes,
          ...(first === undefined ? {} : { nodeName: first }),
        }),
      )
      const access = await waitForAccess(options, name, hostNamespace)
      const client = createKubeClient(access.admin)
      try {
        await applyObjects(client, vclusterWorkloads({ name, nodes }))
      } finally {
        await client[Symbol.asyncDispose]()
      }
      return access
    }),
  )
}

/** Waits for the Secret `vc-<name>` that a vcluster writes when its API server answers. */
async function waitForAccess(
  options: { secrets: Reflector<Secret>; containers: Containers; signal: AbortSignal },
  name: string,
  hostNamespace: string,
): Promise<VclusterAccess> {
  return waitFor(
    `the API server of vcluster ${name}`,
    async () => {
      assertAlive(options.containers, hostNamespace, `${name}-0`)
      const secret = options.secrets.get({ namespace: hostNamespace, name: `vc-${name}` })
      return secret && (await accessOf(secret, name, hostNamespace))
    },
    { timeoutMs: START_TIMEOUT_MS, intervalMs: 10, signal: options.signal },
  )
}

/** How a cluster administrator reaches a vcluster, from its Secret `vc-<name>`; undefined as long as there is none. */
export async function readAccess(
  host: KubeClient,
  name: string,
  hostNamespace: string,
): Promise<VclusterAccess | undefined> {
  let secret: Secret
  try {
    secret = await host.get<Secret>(SECRETS, { namespace: hostNamespace, name: `vc-${name}` })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
  return accessOf(secret, name, hostNamespace)
}

async function accessOf(
  secret: Secret,
  name: string,
  hostNamespace: string,
): Promise<VclusterAccess> {
  const text = Buffer.from(secret.data?.['config'] ?? '', 'base64').toString('utf8')
  const { options: admin } = await targetOf(await parseKubeconfig(text, `Secret vc-${name}`))
  return { name, hostNamespace, api: admin.server, admin }
}

/** Throws E_CHILD_DIED when a container of the pod has ended although it should run. */
function assertAlive(containers: Containers, namespace: string, pod: string): void {
  const dead = containers().find(
    (c) =>
      c.kind === 'container' &&
      c.phase === 'exited' &&
      c.sandbox.podNamespace === namespace &&
      c.sandbox.podName === pod,
  )
  if (dead !== undefined) {
    throw new SubletError(
      'E_CHILD_DIED',
      `container ${dead.name} of pod ${namespace}/${pod} ended with exit code ${dead.exitCode ?? -1}; its log: ${dead.logPath}`,
    )
  }
}

/** What a pod is waiting for, in the scheduler's words where it has no place on any node. */
function whyIdle({ metadata, status }: Pod): string {
  const unplaced = status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  )
  const why = unplaced?.message?.split('. ')[0]
  return `${metadata.name ?? '?'} ${status?.phase ?? ''}${why === undefined ? '' : ` (${why})`}`
}

/** Waits until every pod of every vcluster runs, an agent on each node that it sees among them; gives their number. */
export async function waitForWorkloads(
  vclusters: readonly VclusterAccess[],
  containers: Containers,
  signal: AbortSignal,
): Promise<number> {
  const counts = await Promise.all(
    vclusters.map(async (vcluster) => {
      await using client = createKubeClient(vcluster.admin)
      await using pods = createReflector<Pod>(client, PODS, { signal })
      await using nodes = createReflector(client, NODES, { signal })
      let waiting = 'nothing yet'
      let isRead = false
      void Promise.all([pods.ready, nodes.ready]).then(
        () => (isRead = true),
        () => undefined,
      )
      return await waitFor(
        `the pods of vcluster ${vcluster.name}`,
        () => {
          assertAlive(containers, vcluster.hostNamespace, `${vcluster.name}-0`)
          const idle = pods.list().filter((pod) => !isPodReady(pod))
          const agents = pods.list().filter((pod) => pod.metadata.namespace === 'datadog')
          waiting = idle.map(whyIdle).join(', ') || 'an agent pod'
          if (!isRead) return undefined
          const isWhole = idle.length === 0 && agents.length >= Math.max(1, nodes.list().length)
          return isWhole ? pods.list().length : undefined
        },
        { timeoutMs: START_TIMEOUT_MS, intervalMs: 10, last: () => waiting, signal },
      )
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
