import { readFileSync } from 'node:fs'
import {
  NODES,
  PODS,
  createKubeClient,
  isPodReady,
  loadKubeconfig,
  type Node,
  type Pod,
} from '../kube/index.ts'
import { HOST_CONTEXT } from './lab-kubeconfig.ts'
import { readProcessTable } from './runtime/index.ts'
import type { LabFacts, NodeFacts, StateDir } from './state.ts'

/** What `lab status` tells of a running lab. */
export interface LabStatus extends LabFacts {
  readonly nodes: readonly (NodeFacts & { readonly ready: boolean })[]
  readonly pods: readonly {
    readonly namespace: string
    readonly name: string
    /** The node that it is on; null while it has none. */
    readonly node: string | null
    readonly phase: string
    readonly ready: boolean
    /** How often its containers were started again. */
    readonly restarts: number
  }[]
  /** Vclusters whose process was started again: their state was in memory, so they are empty now. */
  readonly emptied: readonly string[]
  readonly processes: number
  /** Proportional set size of all processes of the lab, in bytes; null where the system does not tell. */
  readonly memoryBytes: number | null
}

/** Asks the running lab's host API server, and the system about its processes. */
export async function readLabStatus(dir: StateDir, facts: LabFacts): Promise<LabStatus> {
  const { options } = await loadKubeconfig(dir.kubeconfig, HOST_CONTEXT)
  const client = createKubeClient(options)
  try {
    const [{ items }, nodes] = await Promise.all([client.list<Pod>(PODS), client.list<Node>(NODES)])
    const processes = processTree(facts.pid)
    const sizes = processes.map(proportionalSetSize)
    const pods = items.map((pod) => ({
      namespace: pod.metadata.namespace ?? '',
      name: pod.metadata.name ?? '',
      node: pod.spec.nodeName ?? null,
      phase: pod.status?.phase ?? 'Unknown',
      ready: isPodReady(pod),
      restarts: restartsOf(pod),
    }))
    return {
      ...facts,
      nodes: facts.nodes.map((node) => ({ ...node, ready: isNodeReady(nodes.items, node.name) })),
      pods,
      emptied: emptiedVclusters(items, facts),
      processes: processes.length,
      memoryBytes: sizes.includes(undefined)
        ? null
        : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    }
  } finally {
    await client[Symbol.asyncDispose]()
  }
}

function isNodeReady(nodes: readonly Node[], name: string): boolean {
  const found = nodes.find(({ metadata }) => metadata.name === name)
  return (found?.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  )
}

function restartsOf(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  )
}

/** Vclusters of the lab whose control plane, container or whole pod, was started again since the lab came up. */
export function emptiedVclusters(hostPods: readonly Pod[], facts: LabFacts): string[] {
  return facts.vclusters
    .filter(({ name, hostNamespace, startedAt = facts.startedAt }) =>
      hostPods.some(
        (pod) =>
          pod.metadata.namespace === hostNamespace &&
          pod.metadata.name === `${name}-0` &&
          (restartsOf(pod) > 0 || isYounger(pod, startedAt)),
      ),
    )
    .map(({ name }) => name)
}

const isYounger = ({ metadata }: Pod, time: string): boolean =>
  Date.parse(metadata.creationTimestamp ?? '') > Date.parse(time)

/** A process and all its descendants. */
function processTree(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const { pid, parent } of readProcessTable()) {
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (let i = 0; i < tree.length; i++) tree.push(...(children.get(tree[i] ?? -1) ?? []))
  return tree
}

function proportionalSetSize(pid: number): number | undefined {
  try {
    const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    return match === null ? undefined : Number(match[1]) * 1024
  } catch {
    return undefined
  }
}
