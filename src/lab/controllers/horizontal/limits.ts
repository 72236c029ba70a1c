import type { HorizontalPodAutoscaler, ScalingRules } from '../../../kube/index.ts'

/** What an autoscaler remembers between two looks; times in milliseconds since 1970. */
export interface History {
  recommendations: readonly { readonly at: number; readonly replicas: number }[]
  /** Changes of size that it made: above 0 up, below 0 down. */
  changes: readonly { readonly at: number; readonly by: number }[]
}

export interface Reason {
  readonly reason: string
  readonly message: string
}

/** A size that was asked for, after everything that holds it back. */
export interface Limited {
  readonly replicas: number
  readonly stabilized: Reason
  /** undefined: within range. */
  readonly limited: Reason | undefined
}

/** `--horizontal-pod-autoscaler-downscale-stabilization` */
const DOWNSCALE_WINDOW_SECONDS = 300

const READY: Reason = {
  reason: 'ReadyForNewScale',
  message: 'recommended size matches current size',
}
const DOWN: Reason = {
  reason: 'ScaleDownStabilized',
  message:
    'recent recommendations were higher than current one, applying the highest recent recommendation',
}
const UP: Reason = {
  reason: 'ScaleUpStabilized',
  message:
    'recent recommendations were lower than current one, applying the lowest recent recommendation',
}
const TOO_FEW: Reason = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
}
const TOO_MANY: Reason = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
}
const UP_LIMIT: Reason = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
}
const DOWN_LIMIT: Reason = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
}

/**
 * Holds a recommendation back: by recent ones (stabilization), by how fast the size may change, by minimum and maximum
 * (pkg/controller/podautoscaler/horizontal.go, normalizeDesiredReplicas…, 1.36). Remembers the recommendation.
 */
export function limitReplicas(
  autoscaler: HorizontalPodAutoscaler,
  history: History,
  current: number,
  wished: number,
  now: number,
): Limited {
  const { behavior, minReplicas: min = 1, maxReplicas: max } = autoscaler.spec
  const upSeconds = behavior?.scaleUp?.stabilizationWindowSeconds ?? 0
  const downSeconds = behavior?.scaleDown?.stabilizationWindowSeconds ?? DOWNSCALE_WINDOW_SECONDS
  const { replicas, stabilized } = stabilize(history, current, wished, now, upSeconds, downSeconds)
  const oldest = now - Math.max(upSeconds, downSeconds) * 1000
  history.recommendations = [
    ...history.recommendations.filter(({ at }) => at > oldest),
    { at: now, replicas: wished },
  ]
  const range = rangeOf(autoscaler.spec, history, current, now)
  if (replicas > range.most) {
    return { replicas: range.most, stabilized, limited: range.most < max ? UP_LIMIT : TOO_MANY }
  }
  if (replicas < range.least) {
    return { replicas: range.least, stabilized, limited: range.least > min ? DOWN_LIMIT : TOO_FEW }
  }
  return { replicas, stabilized, limited: undefined }
}

/** The sizes that may be had at once; without `behavior` the older rule: at most twice as many, or four. */
function rangeOf(
  { behavior, minReplicas: min = 1, maxReplicas: max }: HorizontalPodAutoscaler['spec'],
  history: History,
  current: number,
  now: number,
): { least: number; most: number } {
  if (behavior === undefined) return { least: min, most: Math.min(max, Math.max(2 * current, 4)) }
  const up = Math.max(current, upLimit(behavior.scaleUp ?? {}, history, current, now))
  const down = Math.min(current, downLimit(behavior.scaleDown ?? {}, history, current, now))
  return { least: Math.max(min, down), most: Math.min(max, up) }
}

function stabilize(
  { recommendations }: History,
  current: number,
  wished: number,
  now: number,
  upSeconds: number,
  downSeconds: number,
): { replicas: number; stabilized: Reason } {
  const since = (seconds: number): number[] =>
    recommendations.filter(({ at }) => at > now - seconds * 1000).map((one) => one.replicas)
  const lowest = Math.min(wished, ...since(upSeconds))
  const highest = Math.max(wished, ...since(downSeconds))
  const replicas = current < lowest ? lowest : current > highest ? highest : current
  if (replicas === wished) return { replicas, stabilized: READY }
  return { replicas, stabilized: wished > current ? UP : DOWN }
}

const UP_POLICIES = [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
]
const DOWN_POLICIES = [{ type: 'Percent', value: 100, periodSeconds: 15 }]

function startOf(
  { changes }: History,
  current: number,
  periodSeconds: number,
  now: number,
): number {
  const recent = changes.filter(({ at }) => at > now - periodSeconds * 1000)
  return recent.reduce((start, { by }) => start - by, current)
}

function upLimit(rules: ScalingRules, history: History, current: number, now: number): number {
  const { selectPolicy, policies = UP_POLICIES } = rules
  if (selectPolicy === 'Disabled') return current
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start = startOf(history, current, periodSeconds, now)
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100))
  })
  return selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits)
}

function downLimit(rules: ScalingRules, history: History, current: number, now: number): number {
  const { selectPolicy, policies = DOWN_POLICIES } = rules
  if (selectPolicy === 'Disabled') return current
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start = startOf(history, current, periodSeconds, now)
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100))
  })
  return selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits)
}
