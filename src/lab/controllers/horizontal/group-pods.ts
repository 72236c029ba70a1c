import type { Pod } from '../../../kube/index.ts'
import { hasFailed, isEnding } from '../common/pod-facts.ts'

/** One resource of one pod, as metrics.k8s.io tells it. Value in thousandths: millicores, or milli-bytes. */
export interface PodMetric {
  readonly value: number
  /** Milliseconds since 1970, and the window before it. */
  readonly at: number
  readonly windowMs: number
}

export type PodMetrics = ReadonlyMap<string, PodMetric>

/** Pods by what their metrics are good for (replica_calculator.go, groupPods). */
export interface PodGroups {
  /** Their metrics count. */
  readonly ready: readonly string[]
  readonly unready: readonly string[]
  readonly missing: readonly string[]
}

/** The defaults of kube-controller-manager's flags, in milliseconds. */
const CPU_INITIALIZATION_MS = 5 * 60_000
const INITIAL_READINESS_MS = 30_000

/** Pods that end or have failed are in no group. The CPU that a pod takes to start says nothing about its load. */
export function groupPods(
  pods: readonly Pod[],
  metrics: PodMetrics,
  resource: string,
  now: number,
): PodGroups {
  const groups = { ready: [] as string[], unready: [] as string[], missing: [] as string[] }
  for (const pod of pods) {
    if (isEnding(pod) || hasFailed(pod)) continue
    const { name = '' } = pod.metadata
    const metric = metrics.get(name)
    if (pod.status?.phase === 'Pending') groups.unready.push(name)
    else if (metric === undefined) groups.missing.push(name)
    else if (resource === 'cpu' && isStarting(pod, metric, now)) groups.unready.push(name)
    else groups.ready.push(name)
  }
  return groups
}

function isStarting({ status }: Pod, metric: PodMetric, now: number): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready === undefined || status?.startTime === undefined) return true
  const started = Date.parse(status.startTime)
  const changed = Date.parse(ready.lastTransitionTime ?? '') || 0
  const isUnready = ready.status === 'False'
  if (started + CPU_INITIALIZATION_MS > now) {
    return isUnready || metric.at < changed + metric.windowMs
  }
  return isUnready && started + INITIAL_READINESS_MS > changed
}
