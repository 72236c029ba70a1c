import { isPodReady, type DaemonSet, type Node, type Pod } from '../../kube/index.ts'
import { HASH_LABEL, daemonSpec, templateHash } from './daemonset-pod.ts'
import { misfitOf, requiredTerms } from './node-fit.ts'

/** What to do for a DaemonSet, and how it stands. */
export interface DaemonSetPlan {
  /** Names of the nodes that need a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
  readonly status: NonNullable<DaemonSet['status']>
}

const isEnding = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined
const hasEnded = (pod: Pod): boolean =>
  pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
const isReady = (pod: Pod): boolean => !isEnding(pod) && isPodReady(pod)

/** Compares what is with what shall be: nodes that fit, one pod each, of the newest template. */
export function planDaemonSet(
  set: DaemonSet,
  nodes: readonly Node[],
  pods: readonly Pod[],
): DaemonSetPlan {
  const spec = daemonSpec(set)
  const wanted = new Set(
    nodes
      .filter((node) => misfitOf(spec, node) === undefined)
      .map((node) => node.metadata.name ?? ''),
  )
  const byNode = groupByNode(pods)
  const create = [...wanted].filter((node) => !byNode.has(node))
  const remove: Pod[] = []
  const running = new Map<string, Pod>()
  for (const [node, all] of byNode) {
    const alive = all.filter((pod) => !isEnding(pod))
    const [first, ...twins] = alive.filter((pod) => !hasEnded(pod)).sort(oldestFirst)
    remove.push(...alive.filter(hasEnded), ...twins)
    if (first === undefined) continue
    if (wanted.has(node)) running.set(node, first)
    else remove.push(first)
  }
  const hash = templateHash(set)
  const isOld = (pod: Pod): boolean => pod.metadata.labels?.[HASH_LABEL] !== hash
  remove.push(...outdated(set, wanted.size, [...running.values()], isOld))
  return { create, remove, status: statusOf(wanted, byNode, running, isOld) }
}

/** The old pods that may go now: those that are of no use first, then as many as may be missing at a time. */
function outdated(
  set: DaemonSet,
  desired: number,
  running: readonly Pod[],
  isOld: (pod: Pod) => boolean,
): Pod[] {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  if (type !== 'RollingUpdate') return []
  const old = running.filter(isOld)
  const useless = old.filter((pod) => !isReady(pod))
  const missing = desired - running.filter(isReady).length
  const allowed = amountOf(rollingUpdate?.maxUnavailable ?? 1, desired) - missing
  return [...useless, ...old.filter(isReady).slice(0, Math.max(0, allowed))]
}

/** A number, or a percentage of all, rounded up and at least one. */
function amountOf(value: number | string, all: number): number {
  const percent = /^(\d+)%$/.exec(String(value))?.[1]
  if (percent === undefined) return Math.max(1, Number(value))
  return Math.max(1, Math.ceil((Number(percent) * all) / 100))
}

function groupByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const groups = new Map<string, Pod[]>()
  for (const pod of pods) {
    const node = nodeOf(pod)
    const group = groups.get(node)
    if (group) group.push(pod)
    else groups.set(node, [pod])
  }
  return groups
}

/** Where a pod is, or where its affinity will put it. */
function nodeOf(pod: Pod): string {
  if (pod.spec.nodeName) return pod.spec.nodeName
  const fields = requiredTerms(pod.spec)?.flatMap((term) => term.matchFields ?? []) ?? []
  return fields.find((one) => one.key === 'metadata.name')?.values?.[0] ?? ''
}

const oldestFirst = (a: Pod, b: Pod): number => {
  const [left = '', right = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  return left < right ? -1 : left > right ? 1 : 0
}

function statusOf(
  wanted: ReadonlySet<string>,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  running: ReadonlyMap<string, Pod>,
  isOld: (pod: Pod) => boolean,
): NonNullable<DaemonSet['status']> {
  const ready = [...running.values()].filter(isReady).length
  return {
    currentNumberScheduled: running.size,
    desiredNumberScheduled: wanted.size,
    numberAvailable: ready,
    numberMisscheduled: [...byNode.keys()].filter((node) => !wanted.has(node)).length,
    numberReady: ready,
    numberUnavailable: wanted.size - ready,
    updatedNumberScheduled: [...running.values()].filter((pod) => !isOld(pod)).length,
  }
}
