import { writeFileSync } from 'node:fs'
import { createStack, type Logger, type Stack } from '../core/index.ts'
import { SECRETS, createKubeClient, type KubeClient, type Secret } from '../kube/index.ts'
import { startApiServer, type ApiServer } from './apiserver/index.ts'
import { serveControl } from './control.ts'
import { createInformers, startControllers, type Informers } from './controllers/index.ts'
import { applyObjects } from './apply-objects.ts'
import { systemObjects } from './host-workloads.ts'
import { API_SERVER_PORT, chooseNetwork, type LabNetwork } from './network.ts'
import { NODE_NAME } from './nodes.ts'
import { step, type Progress } from './progress.ts'
import type { LabFacts, StateDir } from './state.ts'
import { factsOf, onEachNode, startMachine, startNode, type LabNode } from './start-node.ts'
import { chooseRuntime, type RuntimeWish } from './runtime/index.ts'
import { startVclusters, waitForWorkloads } from './start-vclusters.ts'
import { startServiceProxy } from './service-proxy/index.ts'
import { standardClass, volumeController } from './volumes/index.ts'
import {
  HOST_CONTEXT,
  vclusterContext,
  writeLabKubeconfig,
  type VclusterAccess,
} from './lab-kubeconfig.ts'

export interface LabOptions {
  readonly dir: StateDir
  readonly vclusters: readonly string[]
  /** How many nodes: 1 to MAX_NODES. */
  readonly nodes: number
  /** How containers run. Default `auto`: the best that works. */
  readonly runtime?: RuntimeWish
  /** The first node's loopback address; undefined: a free one is chosen. */
  readonly nodeAddress?: string
  /** The vclusters' nodes are copies of the host's (`sync.fromHost.nodes.enabled`). Default false. */
  readonly syncNodes?: boolean
  readonly log: Logger
  readonly progress: Progress
  /** Called when somebody asks the lab to stop over its control socket. */
  readonly onStop: () => void
  /** When it fires, the start is given up. */
  readonly signal: AbortSignal
  /** The program that containers with Sublet's own images run: `bin/sublet.js`. */
  readonly sublet: string
}

export interface Lab extends AsyncDisposable {
  readonly facts: LabFacts
}

/** Everything a lab holds open while it starts; later steps use what earlier ones made. */
interface Host {
  readonly options: LabOptions
  readonly network: LabNetwork
  readonly apiServer: ApiServer
  readonly client: KubeClient
  /** Copies of what the host has. */
  readonly informers: Informers
  readonly first: LabNode
  readonly nodes: readonly LabNode[]
}

/**
 * Starts the whole situation in this process: host control plane, node, runtime, vclusters and what runs in them.
 * The state folder must be claimed. When a step fails, everything that had started is closed again.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const stack = createStack()
  try {
    const facts = await startParts(options, stack)
    return { facts, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() }
  } catch (error) {
    await stack[Symbol.asyncDispose]()
    throw error
  }
}

async function startParts(options: LabOptions, stack: Stack): Promise<LabFacts> {
  const { dir, progress } = options
  const host = await startHost(options, stack)
  const { first, nodes } = host
  const { name: nodeName, address: nodeAddress, kubelet, dockerHost } = factsOf(first)
  await step(
    progress,
    nodes.length === 1 ? 'node and kubelet' : `${nodes.length} nodes and kubelets`,
    () => startNodes(host, stack),
    () => nodes.map((node) => factsOf(node).kubelet).join(', '),
  )
  const vclusters = await startTenants(host)
  const facts: LabFacts = {
    version: 1,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    runtime: first.runtime.kind,
    runtimeWhy: first.runtime.why,
    accounting: first.runtime.accounting,
    nodeName,
    nodeAddress,
    hostApi: host.apiServer.url,
    kubelet,
    dockerHost,
    nodes: nodes.map(factsOf),
    kubeconfig: dir.kubeconfig,
    vclusters: vclusters.map((vcluster) => ({
      name: vcluster.name,
      hostNamespace: vcluster.hostNamespace,
      api: vcluster.api,
      context: vclusterContext(vcluster),
    })),
  }
  writeFileSync(dir.factsFile, JSON.stringify(facts, null, 2), { mode: 0o600 })
  return facts
}

/** The vclusters, their contexts, and what runs in them; none where none is wished for, as after `minikube start`. */
async function startTenants({
  options,
  apiServer,
  client,
  informers,
  network,
  nodes,
}: Host): Promise<VclusterAccess[]> {
  const { dir, progress, signal } = options
  const containers = () => nodes.flatMap(({ runtime }) => runtime.list())
  const hasNone = options.vclusters.length === 0
  const vclusters = hasNone
    ? []
    : await step(
        progress,
        `vclusters ${options.vclusters.join(', ')}`,
        () =>
          startVclusters({
            names: options.vclusters,
            host: client,
            secrets: informers.of<Secret>(SECRETS),
            containers,
            nodes: nodes.map(({ name }) => name),
            servicePort: network.httpsPort,
            syncNodes: options.syncNodes ?? false,
            signal,
          }),
        (started) => started.map((vcluster) => vcluster.api).join(', '),
      )
  await writeLabKubeconfig(dir.kubeconfig, apiServer.adminOptions(), vclusters)
  if (hasNone) return []
  await step(
    progress,
    'agents and applications',
    () => waitForWorkloads(vclusters, containers, signal),
    (n) => `${n} pods run`,
  )
  return vclusters
}

async function startHost(options: LabOptions, stack: Stack): Promise<Host> {
  const { dir, log, progress } = options
  const network = await chooseNetwork(dir.root, options.nodeAddress, options.nodes)
  const programs = { node: process.execPath, sublet: options.sublet }
  const runtime = chooseRuntime(options.runtime ?? 'auto', { rootDir: dir.runtimeRoot, programs })
  const nodes = await step(
    progress,
    options.nodes === 1 ? 'container runtime' : `${options.nodes} container runtimes`,
    async () => {
      const indexes = Array.from({ length: options.nodes }, (_, index) => index)
      const started = await onEachNode(indexes, stack, (index, own) =>
        startMachine(index, { ...options, runtime, network }, own),
      )
      const runtimes = started.map(({ runtime }) => runtime)
      stack.use(await serveControl(dir.controlSocket, { runtimes, stop: options.onStop }))
      return started
    },
    ([started]) => `${runtime.kind} (${runtime.why}), readings from ${started?.runtime.accounting}`,
  )
  const [first] = nodes
  if (first === undefined) throw new Error('a lab has at least one node')
  const apiServer = await step(
    progress,
    'host API server',
    async () => {
      const server = stack.use(
        await startApiServer({
          name: HOST_CONTEXT,
          address: network.nodeAddress,
          port: API_SERVER_PORT,
          serviceRange: network.serviceRange,
          apiService: network.apiService,
          log,
        }),
      )
      return server
    },
    (server) => server.url,
  )
  const client = stack.use(createKubeClient(apiServer.adminOptions()))
  const informers = stack.use(createInformers((of) => apiServer.reflect(of)))
  const host = { options, network, apiServer, client, informers, first, nodes }
  await startClusterParts(host, stack)
  return host
}

/** Controllers and the service proxy, which work from the same copies. */
async function startClusterParts(host: Host, stack: Stack): Promise<void> {
  const { network, apiServer, client, informers, nodes } = host
  const { log } = host.options
  const { serviceRange, nodeAddresses } = network
  stack.use(startServiceProxy({ client, informers, serviceRange, nodeAddresses, log }))
  const { tokenKey, caPem: rootCaPem } = apiServer
  const more = [volumeController({ nodeRoots: nodes.map(({ dirs }) => dirs.nodeRoot) })]
  stack.use(await startControllers({ client, informers, tokenKey, rootCaPem, more, log }))
}

async function startNodes(host: Host, stack: Stack): Promise<void> {
  const { options, nodes, client } = host
  const cluster = { ...host, log: options.log }
  await onEachNode(nodes, stack, (node, own) => startNode(node, cluster, own))
  await applyObjects(client, [standardClass(), ...systemObjects(NODE_NAME)])
}
