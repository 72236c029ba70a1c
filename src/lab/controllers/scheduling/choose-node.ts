import type { Node, Pod } from '../../../kube/index.ts'
import type { PersistentVolume } from '../../volumes/objects.ts'
import { controllerOf } from '../common/owners.ts'
import { hasEnded } from '../common/pod-facts.ts'
import { misfitOf } from './node-fit.ts'
import { NO_NEEDS, volumeMisfit } from './place-claims.ts'
import { affinityMisfit, type Placed } from './pod-affinity.ts'
import type { ClaimsLook } from './pod-claims.ts'
import { addAmounts, allocatableOf, podRequests, shortages, type Amounts } from './requests.ts'

/** A node and what is on it. */
export interface NodeLoad {
  readonly node: Node
  readonly pods: readonly Pod[]
  readonly used: Amounts
}

export type Choice =
  { readonly ok: true; readonly node: string } | { readonly ok: false; readonly message: string }

/** Nodes with the pods that were put on them and have not ended. */
export function loadsOf(
  nodes: readonly Node[],
  pods: readonly Pod[],
  nodeOf: (pod: Pod) => string | undefined,
): NodeLoad[] {
  const byNode = new Map<string, Pod[]>(nodes.map(({ metadata }) => [metadata.name ?? '', []]))
  for (const pod of pods) if (!hasEnded(pod)) byNode.get(nodeOf(pod) ?? '')?.push(pod)
  return nodes.map((node) => {
    const own = byNode.get(node.metadata.name ?? '') ?? []
    return { node, pods: own, used: addAmounts(...own.map(podRequests)) }
  })
}

interface Misfit {
  readonly reasons: readonly string[]
  /** Whether the end of other pods could help. */
  readonly resolvable: boolean
}

/** What is said of volumes, and all volumes that there are. */
interface Volumes {
  readonly look: ClaimsLook
  readonly all: readonly PersistentVolume[]
}
const NO_VOLUMES: Volumes = { look: { ok: true, needs: NO_NEEDS }, all: [] }

/**
 * The node for a pod: one that fits it and the volumes that its claims are bound to or can get there, with the fewest of its
 * siblings and the most room. Or why there is none.
 */
export function chooseNode(
  pod: Pod,
  loads: readonly NodeLoad[],
  { look, all }: Volumes = NO_VOLUMES,
): Choice {
  if (loads.length === 0) return { ok: false, message: 'no nodes available to schedule pods' }
  // The last words are the real scheduler's own, of a plugin that has seen no node.
  if (!look.ok) {
    return {
      ok: false,
      message: `0/${loads.length} nodes are available: ${look.reason}. not found`,
    }
  }
  const placed = loads.flatMap(({ node, pods }) => pods.map((one) => ({ pod: one, node })))
  const misfits: Misfit[] = []
  let best: { name: string; score: readonly number[] } | undefined
  for (const load of loads) {
    const misfit = misfitOn(pod, load, placed, (node) => volumeMisfit(look.needs, node, all))
    if (misfit !== undefined) misfits.push(misfit)
    else {
      const name = load.node.metadata.name ?? ''
      const score = scoreOf(pod, load)
      if (
        best === undefined ||
        isLess(score, best.score) ||
        (isSame(score, best.score) && name < best.name)
      ) {
        best = { name, score }
      }
    }
  }
  return best ? { ok: true, node: best.name } : { ok: false, message: sayMisfits(misfits) }
}

function misfitOn(
  pod: Pod,
  { node, pods, used }: NodeLoad,
  placed: readonly Placed[],
  ofVolumes: (node: Node) => string | undefined,
): Misfit | undefined {
  const fixed = misfitOf(pod.spec, node)
  if (fixed !== undefined) return { reasons: [`node(s) ${fixed}`], resolvable: false }
  const ports = hostPortsOf(pod)
  if (pods.some((other) => hostPortsOf(other).some((port) => ports.includes(port)))) {
    const reason = "node(s) didn't have free ports for the requested pod ports"
    return { reasons: [reason], resolvable: true }
  }
  const wanted = podRequests(pod)
  const allocatable = allocatableOf(node)
  const short = shortages(wanted, used, pods.length, allocatable)
  if (short.length > 0) {
    // More than the node has in all: no other pod's end would help.
    const resolvable = shortages(wanted, {}, 0, allocatable).length === 0
    return { reasons: short, resolvable }
  }
  const elsewhere = ofVolumes(node)
  if (elsewhere !== undefined) return { reasons: [elsewhere], resolvable: false }
  const lonely = affinityMisfit(pod, node, placed)
  return lonely === undefined
    ? undefined
    : { reasons: [lonely], resolvable: !lonely.includes('pod affinity rules') }
}

const hostPortsOf = ({ spec }: Pod): string[] =>
  spec.containers
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort }) => hostPort)
    .map(({ hostPort, protocol = 'TCP' }) => `${protocol}/${hostPort ?? 0}`)

const DEFAULT_REQUESTS = { cpu: 100, memory: 200 * 1024 * 1024 }

/** Smaller is better: taints that are to be avoided, siblings, the requested share of the node, pods. */
function scoreOf(pod: Pod, { node, pods, used }: NodeLoad): readonly number[] {
  const { uid } = controllerOf(pod) ?? {}
  const siblings =
    uid === undefined ? 0 : pods.filter((one) => controllerOf(one)?.uid === uid).length
  const avoided = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule')
  const allocatable = allocatableOf(node) ?? {}
  const share = (name: keyof typeof DEFAULT_REQUESTS): number => {
    const all = allocatable[name] ?? 0
    return all === 0
      ? 0
      : (used[name] ?? 0) / all + (pods.length * DEFAULT_REQUESTS[name]) / all / 10
  }
  const load = Math.round((share('cpu') + share('memory')) * 50)
  return [avoided.length, siblings, load, pods.length]
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0
    if (value !== other) return value < other
  }
  return false
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  !isLess(a, b) && !isLess(b, a)

/** What kube-scheduler writes into the condition and the event (framework.FitError and DefaultPreemption). */
function sayMisfits(misfits: readonly Misfit[]): string {
  const all = `0/${misfits.length} nodes are available`
  const counts = new Map<string, number>()
  for (const reason of misfits.flatMap(({ reasons }) => reasons)) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const say = (pairs: Iterable<readonly [string, number]>): string =>
    [...pairs]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(', ')
  const resolvable = misfits.filter((one) => one.resolvable).length
  const preemption = [
    ['No preemption victims found for incoming pod', resolvable],
    ['Preemption is not helpful for scheduling', misfits.length - resolvable],
  ] as const
  const hopes = say(preemption.filter(([, count]) => count > 0))
  return `${all}: ${say(counts)}. no new claims to deallocate, preemption: ${all}: ${hopes}.`
}
