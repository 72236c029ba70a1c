import { isPodReady, type Pod } from '../../../kube/index.ts'
import { createdAt, readySince, restartsOf } from '../common/pod-facts.ts'

const COST = 'controller.kubernetes.io/pod-deletion-cost'
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/**
 * Pods in the order in which they are given up (controller.ActivePodsWithRanks): first those without a node, then
 * pending, not ready, cheap ones (pod-deletion-cost), those that share their node with most of their kind, those ready
 * for the shortest time, those restarted most, and the newest.
 */
export function inDeletionOrder(pods: readonly Pod[], now: number): Pod[] {
  const perNode = new Map<string, number>()
  for (const { spec } of pods) {
    const node = spec.nodeName ?? ''
    perNode.set(node, (perNode.get(node) ?? 0) + 1)
  }
  const keys = new Map(pods.map((pod) => [pod, rank(pod, perNode, now)]))
  return [...pods].sort((a, b) => compare(keys.get(a) ?? [], keys.get(b) ?? []))
}

/** Numbers that decide one after the other; the smaller goes first. */
function rank(pod: Pod, perNode: ReadonlyMap<string, number>, now: number): number[] {
  const ready = isPodReady(pod)
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASES[pod.status?.phase ?? 'Pending'] ?? 0,
    ready ? 1 : 0,
    Number(pod.metadata.annotations?.[COST] ?? 0) || 0,
    -(perNode.get(pod.spec.nodeName ?? '') ?? 0),
    ready ? magnitude(now - (readySince(pod) ?? now)) : 0,
    -restartsOf(pod),
    magnitude(now - createdAt(pod)),
  ]
}

/** Times are compared by their magnitude only, so that the choice among pods of about the same age is random. */
const magnitude = (ms: number): number => Math.floor(Math.log2(Math.max(1, ms)))

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
