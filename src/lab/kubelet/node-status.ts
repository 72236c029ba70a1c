import { describeError, rfc3339, sleep, type Clock, type Logger } from '../../core/index.ts'
import {
  NODES,
  isConflict,
  isNotFound,
  type KubeClient,
  type Node,
  type PodCondition,
} from '../../kube/index.ts'
import type { ContainerRuntime } from '../runtime/types.ts'
import type { DiskReading, MachineFacts } from './machine.ts'
import { nodeResources } from './node-resources.ts'

export const KUBELET_VERSION = 'v1.36.2'
/** What the lab's Docker API says of itself. */
export const RUNTIME_VERSION = 'docker://28.1.1'

export interface NodeOptions {
  readonly nodeName: string
  readonly address: string
  readonly port: number
  readonly facts: MachineFacts
  readonly disk: DiskReading
  readonly runtime: Pick<ContainerRuntime, 'images'>
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** The kubelet's nodeStatusUpdateFrequency: this often it looks whether the API server has its status. */
const LOOK_MS = 10_000
/** The kubelet's nodeStatusReportFrequency: an unchanged status is written this often. */
const HEARTBEAT_MS = 300_000

/** Registers the node (or takes over the object that is there) and keeps its status fresh. Resolves with the Node once it is registered. */
export async function registerNode(options: NodeOptions): Promise<Node> {
  const { client, log, signal } = options
  const first = await writeNode(options)
  const beat = async (): Promise<void> => {
    let writtenAt = performance.now()
    for (;;) {
      await sleep(LOOK_MS, signal)
      if (signal.aborted) return
      try {
        const isDue = performance.now() - writtenAt >= HEARTBEAT_MS
        if (!isDue && (await isReadyThere(options))) continue
        await writeNode(options)
        writtenAt = performance.now()
      } catch (error) {
        log.warn(
          { error: describeError(error), server: client.server },
          'cannot write the node status',
        )
      }
    }
  }
  void beat()
  return first
}

/** False when somebody who missed the node has said that it is not ready. A node that was deleted is left alone. */
async function isReadyThere({ client, nodeName }: NodeOptions): Promise<boolean> {
  const node = await client.get<Node>(NODES, { name: nodeName }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  const ready = (node?.status?.conditions ?? []).find(({ type }) => type === 'Ready')
  return node === undefined || ready?.status === 'True'
}

async function writeNode(options: NodeOptions): Promise<Node> {
  const { client, nodeName, clock } = options
  const created = await client.create<Node>(NODES, nodeObject(options)).catch((error: unknown) => {
    if (isConflict(error)) return undefined
    throw error
  })
  const now = rfc3339(clock.now())
  const labels = nodeObject(options).metadata.labels
  // The API server takes a new node's status as it was sent, like the real one.
  if (created?.status?.conditions) return created
  const key = { name: nodeName }
  const there = created ?? (await client.patch<Node>(NODES, key, { metadata: { labels } }, 'merge'))
  const status = nodeStatus(options, now)
  const conditions = status.conditions?.map((one) => sinceWhen(one, there))
  return await client.patch<Node>(NODES, key, { status: { ...status, conditions } }, 'merge', {
    subresource: 'status',
  })
}

/** A condition with the time of its last transition, which is the earlier one's while the status is the same. */
function sinceWhen(condition: PodCondition, { status }: Node): PodCondition {
  const before = (status?.conditions ?? []).find(({ type }) => type === condition.type)
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined
  return since === undefined ? condition : { ...condition, lastTransitionTime: since }
}

function nodeObject(options: NodeOptions): Node {
  const { nodeName, facts } = options
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        'beta.kubernetes.io/arch': facts.architecture,
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': facts.architecture,
        'kubernetes.io/hostname': nodeName,
        'kubernetes.io/os': 'linux',
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {},
    status: nodeStatus(options, rfc3339(options.clock.now())),
  }
}

function nodeStatus(options: NodeOptions, now: string): NonNullable<Node['status']> {
  const { facts, disk, address, nodeName, port } = options
  const resources = nodeResources(facts, disk)
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => {
    return { type, status, lastHeartbeatTime: now, lastTransitionTime: now, reason, message }
  }
  return {
    capacity: resources,
    allocatable: resources,
    conditions: [
      condition(
        'MemoryPressure',
        'False',
        'KubeletHasSufficientMemory',
        'kubelet has sufficient memory available',
      ),
      condition(
        'DiskPressure',
        'False',
        'KubeletHasNoDiskPressure',
        'kubelet has no disk pressure',
      ),
      condition(
        'PIDPressure',
        'False',
        'KubeletHasSufficientPID',
        'kubelet has sufficient PID available',
      ),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: {
      machineID: facts.machineId,
      systemUUID: facts.systemUuid,
      bootID: facts.bootId,
      kernelVersion: facts.kernelVersion,
      osImage: facts.osImage,
      containerRuntimeVersion: RUNTIME_VERSION,
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: facts.architecture,
    },
    images: options.runtime
      .images()
      .map((image) => ({ names: [...image.names], sizeBytes: image.sizeBytes })),
  }
}
