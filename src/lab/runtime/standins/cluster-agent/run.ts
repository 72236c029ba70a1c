import { createLogger, createStack, sleep } from '../../../../core/index.ts'
import { createKubeClient, inClusterOptions, type KubeClient } from '../../../../kube/index.ts'
import { NO_ELECTION, takePart } from './leader.ts'
import { countResources, readServicesOfPods } from './read-cluster.ts'
import { serveClusterAgent } from './serve.ts'
import { readSettings, type Settings } from './settings.ts'
import type { ClusterAgentState, LeaderElection, MetadataMap, ServicesOfPods } from './state.ts'

/** Time between two looks at the cluster; the lease is renewed at each. */
const TURN_MS = 15_000

/** What changes from turn to turn. */
interface Memory {
  election: LeaderElection
  apiserver: ClusterAgentState['apiserver']
  metadata: MetadataMap
  services: ServicesOfPods
}

/**
 * The program of a Cluster Agent's container, until the signal fires: takes part in the election of a leader, counts what
 * the API server lists, knows which Services lead to which pods, and tells all that. Throws E_CONFIG, E_PORT_IN_USE.
 */
export async function runClusterAgent(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const settings = readSettings(env)
  const log = createLogger('cluster-agent')
  const { options, namespace } = await inClusterOptions({ env })
  const startedAt = Date.now()
  const memory: Memory = {
    election: NO_ELECTION,
    apiserver: { totalRuns: 0, lastRunAt: 0, lastSuccessAt: 0, resources: [] },
    metadata: { pods: 0, services: 0, error: null },
    services: new Map(),
  }
  const stack = createStack()
  try {
    const client = stack.use(createKubeClient({ ...options, userAgent: 'datadog-cluster-agent' }))
    const state = (): ClusterAgentState => stateOf(memory, settings, options.server, startedAt)
    stack.use(await serveClusterAgent({ settings, state, services: () => memory.services }))
    log.info({ server: options.server, namespace }, 'the Cluster Agent has started')
    while (!signal.aborted) {
      await turn({ client, namespace, settings, memory }, signal)
      await sleep(TURN_MS, signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await stack[Symbol.asyncDispose]()
  }
}

interface Turn {
  readonly client: KubeClient
  readonly namespace: string
  readonly settings: Settings
  readonly memory: Memory
}

async function turn(
  { client, namespace, settings, memory }: Turn,
  signal: AbortSignal,
): Promise<void> {
  const { identity } = settings
  if (settings.leaderElection) {
    memory.election = await takePart({ client, namespace, identity, now: Date.now }, signal)
  }
  const resources = await countResources(client, signal)
  const mapped = await readServicesOfPods(client, signal)
  memory.services = mapped.map
  memory.metadata = mapped.summary
  const at = Date.now()
  const isWell = resources.some(({ error }) => error === null)
  memory.apiserver = {
    totalRuns: memory.apiserver.totalRuns + 1,
    lastRunAt: at,
    lastSuccessAt: isWell ? at : memory.apiserver.lastSuccessAt,
    resources,
  }
}

function stateOf(
  { election, apiserver, metadata }: Memory,
  settings: Settings,
  server: string,
  startedAt: number,
): ClusterAgentState {
  const { clusterName, clusterChecks, identity } = settings
  return {
    pid: process.pid,
    hostname: identity,
    clusterName,
    startedAt,
    statusAt: Date.now(),
    server,
    leaderElection: election,
    clusterChecks: { enabled: clusterChecks, configurations: 0 },
    apiserver,
    metadata,
    components: componentsOf(election, apiserver, metadata),
  }
}

function componentsOf(
  election: LeaderElection,
  { resources, totalRuns }: ClusterAgentState['apiserver'],
  metadata: MetadataMap,
): ClusterAgentState['components'] {
  const failed = resources.find(({ error }) => error !== null)?.error
  const isDown = totalRuns === 0 || resources.every(({ error }) => error !== null)
  const why = totalRuns === 0 ? 'the API server was not asked yet' : (failed ?? undefined)
  const named = (
    name: string,
    reason: string | null | undefined,
  ): { name: string; why?: string } =>
    reason === null || reason === undefined ? { name } : { name, why: reason }
  return [
    { name: 'cmd-api' },
    named('kubernetes_apiserver', isDown ? why : undefined),
    ...(election.status === 'disabled' ? [] : [named('leader-election', election.error)]),
    named('metadata-mapper', metadata.error),
  ]
}
