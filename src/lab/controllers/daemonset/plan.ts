import { isPodReady, type DaemonSet, type Node, type Pod } from '../../../kube/index.ts'
import { byAge, hasEnded, isAvailable, isEnding, nextAvailable } from '../common/pod-facts.ts'
import { REVISION_LABEL } from '../revisions/revisions.ts'
import { daemonSpec } from './pod.ts'
import { surgeOf, surgeSteps } from './surge.ts'
import { misfitOf, requiredTerms } from '../scheduling/node-fit.ts'

/** What to do for a DaemonSet, and how it stands. */
export interface DaemonSetPlan {
  /** Names of the nodes that need a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
  /** Those to remove that failed. */
  readonly failed: readonly Pod[]
  readonly status: NonNullable<DaemonSet['status']>
  /** When to look again without a change, in milliseconds since 1970. */
  readonly nextAt: number | undefined
}

const isReady = (pod: Pod): boolean => !isEnding(pod) && isPodReady(pod)

/** Compares what is with what shall be: nodes that fit, one pod each, of the newest template. */
export function planDaemonSet(
  set: DaemonSet,
  nodes: readonly Node[],
  pods: readonly Pod[],
  hash: string,
  now: number,
): DaemonSetPlan {
  const spec = daemonSpec(set)
  const wanted = new Set(
    nodes
      .filter((node) => misfitOf(spec, node) === undefined)
      .map((node) => node.metadata.name ?? ''),
  )
  const byNode = groupByNode(pods)
  const isOld = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_LABEL] !== hash
  const most = surgeOf(set, wanted.size)
  const create = [...wanted].filter((node) => !byNode.has(node))
  const remove: Pod[] = []
  const running = new Map<string, Pod>()
  const surged = new Map<string, Pod>()
  for (const [node, all] of byNode) {
    const alive = all.filter((pod) => !isEnding(pod))
    const [first, ...twins] = alive.filter((pod) => !hasEnded(pod)).sort(byAge)
    // In a surge an old and a new pod are side by side.
    const beside =
      most > 0 && first && isOld(first) && wanted.has(node)
        ? twins.find((pod) => !isOld(pod))
        : undefined
    remove.push(...alive.filter(hasEnded), ...twins.filter((pod) => pod !== beside))
    if (first === undefined) continue
    if (beside) surged.set(node, beside)
    if (wanted.has(node)) running.set(node, first)
    else remove.push(first)
  }
  const { minReadySeconds = 0 } = set.spec
  const isUsable = (pod: Pod): boolean => isAvailable(pod, minReadySeconds, now)
  if (most > 0) {
    const old = new Map([...running].filter(([, pod]) => isOld(pod)))
    const steps = surgeSteps(old, surged, most, isUsable)
    create.push(...steps.create)
    remove.push(...steps.remove)
  } else remove.push(...outdated(set, wanted.size, [...running.values()], isOld, isUsable))
  return {
    create,
    remove,
    failed: remove.filter((pod) => pod.status?.phase === 'Failed'),
    status: statusOf(wanted, byNode, running, isOld, isUsable),
    nextAt: nextAvailable([...running.values(), ...surged.values()], minReadySeconds, now),
  }
}

/** The old pods that may go now: those that are of no use first, then as many as may be missing at a time. */
function outdated(
  set: DaemonSet,
  desired: number,
  running: readonly Pod[],
  isOld: (pod: Pod) => boolean,
  isUsable: (pod: Pod) => boolean,
): Pod[] {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  if (type !== 'RollingUpdate') return []
  const old = running.filter(isOld)
  const useless = old.filter((pod) => !isUsable(pod))
  const missing = desired - running.filter(isUsable).length
  const allowed = amountOf(rollingUpdate?.maxUnavailable ?? 1, desired) - missing
  return [...useless, ...old.filter(isUsable).slice(0, Math.max(0, allowed))]
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

function statusOf(
  wanted: ReadonlySet<string>,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  running: ReadonlyMap<string, Pod>,
  isOld: (pod: Pod) => boolean,
  isUsable: (pod: Pod) => boolean,
): NonNullable<DaemonSet['status']> {
  const alive = [...running.values()]
  const usable = alive.filter(isUsable).length
  return {
    currentNumberScheduled: running.size,
    desiredNumberScheduled: wanted.size,
    numberAvailable: usable,
    numberMisscheduled: [...byNode.keys()].filter((node) => !wanted.has(node)).length,
    numberReady: alive.filter(isReady).length,
    numberUnavailable: wanted.size - usable,
    updatedNumberScheduled: alive.filter((pod) => !isOld(pod)).length,
  }
}
