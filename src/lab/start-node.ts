import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { createStack, type Logger, type Stack } from '../core/index.ts'
import { NODES, type KubeClient, type KubeClientOptions } from '../kube/index.ts'
import type { ApiServer } from './apiserver/index.ts'
import { staticPods } from './host-workloads.ts'
import { startKubelet } from './kubelet/index.ts'
import { KUBELET_PORT, type LabNetwork } from './network.ts'
import { nodeName, nodeSuffix } from './nodes.ts'
import {
  createRuntime,
  startDockerApi,
  type ContainerRuntime,
  type RuntimeChoice,
} from './runtime/index.ts'
import { labIdOf, type NodeDirs, type NodeFacts, type StateDir } from './state.ts'

/** A node of the lab with its runtime; its kubelet comes later, when there is an API server. */
export interface LabNode {
  readonly index: number
  readonly name: string
  readonly address: string
  readonly dirs: NodeDirs
  readonly runtime: ContainerRuntime
}

export interface MachineOptions {
  readonly runtime: RuntimeChoice
  readonly dir: StateDir
  readonly network: LabNetwork
  readonly log: Logger
  /** The program that containers with Sublet's own images run: `bin/sublet.js`. */
  readonly sublet: string
}

/** Starts one node's runtime, with a root directory and cgroups of its own, and its Docker Engine API. */
export async function startMachine(
  index: number,
  { runtime: choice, dir, network, log, sublet }: MachineOptions,
  stack: Stack,
): Promise<LabNode> {
  const name = nodeName(index)
  const dirs = dir.nodes[index]
  const address = network.nodeAddresses[index]
  if (dirs === undefined || address === undefined) throw new Error(`no place for node ${name}`)
  const runtime = stack.use(
    await createRuntime(choice, {
      rootDir: dirs.runtimeRoot,
      labId: labIdOf(dir) + nodeSuffix(index),
      nodeName: name,
      log,
      programs: { node: process.execPath, sublet },
    }),
  )
  mkdirSync(dirname(dirs.dockerSocket), { recursive: true })
  stack.use(await startDockerApi({ runtime, socketPath: dirs.dockerSocket, nodeName: name, log }))
  return { index, name, address, dirs, runtime }
}

interface Cluster {
  readonly apiServer: ApiServer
  /** Of a cluster administrator. */
  readonly client: KubeClient
  readonly network: LabNetwork
  readonly log: Logger
}

/** Starts a node's kubelet; the first node gets the control plane's static pods, and its label. */
export async function startNode(node: LabNode, cluster: Cluster, stack: Stack): Promise<void> {
  const { index, name, address, dirs, runtime } = node
  const { apiServer, client, network, log } = cluster
  stack.use(
    await startKubelet({
      nodeName: name,
      address,
      port: KUBELET_PORT,
      client: await nodeCredential(apiServer, name),
      runtime,
      rootDir: dirs.kubeletRoot,
      nodeRootDir: dirs.nodeRoot,
      podAddress: () => network.takePodAddress(index),
      serving: await apiServer.issueServingCertificate({
        commonName: name,
        dnsNames: [name],
        addresses: [address],
      }),
      apiServerAddress: { host: network.apiService.address, port: network.apiService.port },
      clusterCa: apiServer.caPem,
      staticPods: index === 0 ? staticPods(name) : [],
      log,
    }),
  )
  // As kubeadm does after the kubelet has registered itself: a kubelet may not give itself a role.
  const labels = index === 0 ? CONTROL_PLANE : {}
  await client.patch(NODES, { name }, { metadata: { labels } }, 'merge')
}

const CONTROL_PLANE = {
  'node-role.kubernetes.io/control-plane': '',
  'node.kubernetes.io/exclude-from-external-load-balancers': '',
}

/** The kubelet's own identity at the API server, as the node authorizer knows it. */
async function nodeCredential(apiServer: ApiServer, name: string): Promise<KubeClientOptions> {
  const pair = await apiServer.issueClientCertificate(`system:node:${name}`, ['system:nodes'])
  return {
    server: apiServer.url,
    ca: apiServer.caPem,
    credential: { kind: 'certificate', cert: pair.certPem, key: pair.keyPem },
  }
}

/**
 * Does the same for all nodes side by side. What they open closes side by side too; when one fails, the others are
 * waited for first, so that nothing stays open.
 */
export async function onEachNode<T, R>(
  items: readonly T[],
  stack: Stack,
  start: (item: T, own: Stack) => Promise<R>,
): Promise<R[]> {
  const own = items.map(() => createStack())
  stack.defer(async () => {
    await Promise.all(own.map((each) => each[Symbol.asyncDispose]()))
  })
  const started = items.map((item, index) => start(item, own[index] ?? stack))
  await Promise.allSettled(started)
  return Promise.all(started)
}

/** What a running lab tells about the node. */
export const factsOf = ({ name, address, dirs }: LabNode): NodeFacts => ({
  name,
  address,
  kubelet: `https://${address}:${KUBELET_PORT}`,
  dockerHost: `unix://${dirs.dockerSocket}`,
})
