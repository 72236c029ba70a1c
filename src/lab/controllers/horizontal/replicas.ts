import type { PodGroups, PodMetrics } from './group-pods.ts'

/** What one metric says about the size. */
export interface Calculation {
  readonly replicas: number
  /** Per pod, over those whose metrics count; in thousandths. */
  readonly average: number
  /** Percent of the requests; undefined where the target is a value. */
  readonly utilization: number | undefined
}

export interface Target {
  readonly current: number
  readonly groups: PodGroups
  readonly metrics: PodMetrics
  /** By pod, in thousandths; for a target in percent. */
  readonly requests: ReadonlyMap<string, number>
  /** Percent of the requests, or thousandths per pod. */
  readonly goal: { readonly percent: number } | { readonly value: number }
}

/** `--horizontal-pod-autoscaler-tolerance` */
const TOLERANCE = 0.1
const isNear = (ratio: number): boolean => Math.abs(1 - ratio) <= TOLERANCE

/**
 * How many pods the metric asks for (replica_calculator.go, 1.36). Pods without metrics are thought to be as it would
 * slow the change down: fully used when there are too many pods, idle when there are too few.
 */
export function calculateReplicas(target: Target): Calculation {
  const { current, groups, metrics, requests, goal } = target
  const used = new Map(groups.ready.map((name) => [name, metrics.get(name)?.value ?? 0]))
  const requestOf = (name: string): number => requests.get(name) ?? 0
  const ratioOf = (values: ReadonlyMap<string, number>): { ratio: number; percent: number } => {
    const total = sum(values.values())
    if ('value' in goal) return { ratio: total / values.size / goal.value, percent: 0 }
    const percent = Math.trunc((total * 100) / sum([...values.keys()].map(requestOf)))
    return { ratio: percent / goal.percent, percent }
  }
  const { ratio, percent } = ratioOf(used)
  const answer = (replicas: number): Calculation => ({
    replicas,
    average: Math.trunc(sum(used.values()) / used.size),
    utilization: 'percent' in goal ? percent : undefined,
  })
  const isUpWithUnready = groups.unready.length > 0 && ratio > 1
  if (!isUpWithUnready && groups.missing.length === 0) {
    return answer(isNear(ratio) ? current : Math.ceil(ratio * groups.ready.length))
  }
  const assumed = assume(target, used, ratio)
  const next = ratioOf(assumed).ratio
  const turned = (ratio < 1 && next > 1) || (ratio > 1 && next < 1)
  if (isNear(next) || turned) return answer(current)
  const replicas = Math.ceil(next * assumed.size)
  const isBackwards = (next < 1 && replicas > current) || (next > 1 && replicas < current)
  return answer(isBackwards ? current : replicas)
}

/** The metrics with what is thought of the pods that have none. */
function assume(
  { groups, goal, requests }: Target,
  used: ReadonlyMap<string, number>,
  ratio: number,
): ReadonlyMap<string, number> {
  const assumed = new Map(used)
  const full = (name: string): number =>
    'value' in goal ? goal.value : ((requests.get(name) ?? 0) * Math.max(100, goal.percent)) / 100
  for (const name of groups.missing) {
    if (ratio < 1) assumed.set(name, full(name))
    else if (ratio > 1) assumed.set(name, 0)
  }
  if (ratio > 1) for (const name of groups.unready) assumed.set(name, 0)
  return assumed
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
