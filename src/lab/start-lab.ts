import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createStack, type Logger, type Stack } from '../core/index.ts'
import { createKubeClient, type KubeClient, type KubeClientOptions } from '../kube/index.ts'
import { startApiServer, type ApiServer } from './apiserver/index.ts'
import { serveControl } from './control.ts'
import { startControllers } from './controllers/index.ts'
import { applyObjects } from './apply-objects.ts'
import { staticPods, systemObjects } from './host-workloads.ts'
import { startKubelet } from './kubelet/index.ts'
import { API_SERVER_PORT, KUBELET_PORT, chooseNetwork, type LabNetwork } from './network.ts'
import { step, type Progress } from './progress.ts'
import { createProcessRuntime, startDockerApi, type ContainerRuntime } from './runtime/index.ts'
import { labIdOf, type LabFacts, type StateDir } from './state.ts'
import { startVclusters, waitForWorkloads } from './start-vclusters.ts'
import { HOST_CONTEXT, vclusterContext, writeLabKubeconfig } from './lab-kubeconfig.ts'

export const NODE_NAME = 'minikube'

export interface LabOptions {
  readonly dir: StateDir
  readonly vclusters: readonly string[]
  /** The node's loopback address; undefined: a free one is chosen. */
  readonly nodeAddress?: string
  readonly log: Logger
  readonly progress: Progress
  /** Called when somebody asks the lab to stop over its control socket. */
  readonly onStop: () => void
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
  readonly runtime: ContainerRuntime
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
  await step(
    progress,
    'node and kubelet',
    () => startNode(host, stack),
    () => `https://${host.network.nodeAddress}:${KUBELET_PORT}`,
  )
  const vclusters = await step(
    progress,
    `vclusters ${options.vclusters.join(', ')}`,
    () =>
      startVclusters({
        names: options.vclusters,
        host: host.client,
        runtime: host.runtime,
        nodeName: NODE_NAME,
      }),
    (started) => started.map((vcluster) => vcluster.api).join(', '),
  )
  await writeLabKubeconfig(dir.kubeconfig, host.apiServer.adminOptions(), vclusters)
  await step(
    progress,
    'agents and applications',
    () => waitForWorkloads(vclusters, host.runtime),
    (n) => `${n} pods run`,
  )
  const facts: LabFacts = {
    version: 1,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    runtime: host.runtime.kind,
    accounting: host.runtime.accounting,
    nodeName: NODE_NAME,
    nodeAddress: host.network.nodeAddress,
    hostApi: host.apiServer.url,
    kubelet: `https://${host.network.nodeAddress}:${KUBELET_PORT}`,
    dockerHost: `unix://${dir.dockerSocket}`,
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

async function startHost(options: LabOptions, stack: Stack): Promise<Host> {
  const { dir, log, progress } = options
  const network = await chooseNetwork(dir.root, options.nodeAddress)
  const runtime = await step(
    progress,
    'container runtime',
    async () => {
      const started = stack.use(
        await createProcessRuntime({
          rootDir: dir.runtimeRoot,
          labId: labIdOf(dir),
          nodeName: NODE_NAME,
          log,
          programs: { node: process.execPath, sublet: options.sublet },
        }),
      )
      mkdirSync(join(dir.nodeRoot, 'var', 'run'), { recursive: true })
      stack.use(
        await startDockerApi({
          runtime: started,
          socketPath: dir.dockerSocket,
          nodeName: NODE_NAME,
          log,
        }),
      )
      stack.use(await serveControl(dir.controlSocket, { runtime: started, stop: options.onStop }))
      return started
    },
    (started) => `${started.kind}, readings from ${started.accounting}`,
  )
  const apiServer = await step(
    progress,
    'host API server',
    async () => {
      const server = stack.use(
        await startApiServer({
          name: HOST_CONTEXT,
          address: network.nodeAddress,
          port: API_SERVER_PORT,
          log,
        }),
      )
      return server
    },
    (server) => server.url,
  )
  const client = stack.use(createKubeClient(apiServer.adminOptions()))
  stack.use(
    await startControllers({
      client,
      tokenKey: apiServer.tokenKey,
      rootCaPem: apiServer.caPem,
      log,
    }),
  )
  return { options, network, apiServer, client, runtime }
}

async function startNode(host: Host, stack: Stack): Promise<void> {
  const { options, network, apiServer } = host
  stack.use(
    await startKubelet({
      nodeName: NODE_NAME,
      address: network.nodeAddress,
      port: KUBELET_PORT,
      client: await nodeCredential(apiServer),
      runtime: host.runtime,
      rootDir: options.dir.kubeletRoot,
      nodeRootDir: options.dir.nodeRoot,
      podAddress: () => network.takePodAddress(),
      serving: await apiServer.issueServingCertificate({
        commonName: NODE_NAME,
        dnsNames: [NODE_NAME],
        addresses: [network.nodeAddress],
      }),
      apiServerAddress: { host: network.nodeAddress, port: API_SERVER_PORT },
      clusterCa: apiServer.caPem,
      staticPods: staticPods(NODE_NAME),
      log: options.log,
    }),
  )
  await applyObjects(host.client, systemObjects())
}

/** The kubelet's own identity at the API server, as the node authorizer knows it. */
async function nodeCredential(apiServer: ApiServer): Promise<KubeClientOptions> {
  const pair = await apiServer.issueClientCertificate(`system:node:${NODE_NAME}`, ['system:nodes'])
  return {
    server: apiServer.url,
    ca: apiServer.caPem,
    credential: { kind: 'certificate', cert: pair.certPem, key: pair.keyPem },
  }
}
