import { describeError, rfc3339, sleep } from '../../../core/index.ts'
import {
  HORIZONTALPODAUTOSCALERS,
  PODS,
  type Condition,
  type HorizontalPodAutoscaler,
} from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { keepTransition, findCondition, withoutCondition } from '../common/conditions.ts'
import { writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { limitReplicas, type History } from './limits.ts'
import { recommend } from './recommend.ts'
import { readScale, writeScale, type ScaleTarget } from './scale-target.ts'

/** A kube-controller-manager looks every 15 s; the lab is for looking at things soon. */
const PERIOD_MS = 5000
/** Changes of size are remembered for as long as a policy may look back (periodSeconds ≤ 1800). */
const MEMORY_MS = 1_800_000

/** Sets the size of what autoscalers name, by the metrics of metrics.k8s.io. */
export const horizontalController: Controller = (context) => {
  const { informers, signal } = context
  const autoscalers = informers.of<HorizontalPodAutoscaler>(HORIZONTALPODAUTOSCALERS)
  const pods = informers.of(PODS)
  const histories = new Map<string, History>()
  const queue = context.queue('horizontalpodautoscaler', async (key) => {
    await Promise.all([pods.ready, autoscalers.ready])
    const found = autoscalers.get(parseKey(key))
    if (found === undefined) {
      histories.delete(key)
      return
    }
    const history = histories.get(key) ?? { recommendations: [], changes: [] }
    histories.set(key, history)
    await look(context, found, history)
  })
  autoscalers.onChange(({ object, previous }) => {
    // Our own writes of the status are no news.
    const isNew = JSON.stringify(object.spec) !== JSON.stringify(previous?.spec)
    if (isNew) queue.add(keyOf(object.metadata))
  })
  void (async () => {
    while (!signal.aborted) {
      await sleep(PERIOD_MS, signal)
      for (const { metadata } of autoscalers.list()) queue.add(keyOf(metadata))
    }
  })()
}

/** What one look has found; becomes the status. */
interface Draft {
  conditions: Condition[]
  desired: number
  statuses: Record<string, unknown>[] | undefined
  lastScaleTime: string | undefined
}

async function look(
  context: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  history: History,
): Promise<void> {
  const { status } = autoscaler
  const draft: Draft = {
    conditions: [...(status?.conditions ?? [])],
    desired: status?.desiredReplicas ?? 0,
    statuses: undefined,
    lastScaleTime: status?.lastScaleTime,
  }
  let current = status?.currentReplicas ?? 0
  let target: ScaleTarget
  try {
    target = await readScale(context.client, autoscaler, context.signal)
  } catch (error) {
    const why = describeError(error)
    tell(context, autoscaler, 'Warning', 'FailedGetScale', why)
    const message = `the HPA controller was unable to get the target's current scale: ${why}`
    set(context, draft, 'AbleToScale', 'False', { reason: 'FailedGetScale', message })
    await write(context, autoscaler, draft, current)
    return
  }
  set(context, draft, 'AbleToScale', 'True', {
    reason: 'SucceededGetScale',
    message: "the HPA controller was able to get the target's current scale",
  })
  current = target.scale.spec?.replicas ?? 0
  const wish = await decide(context, autoscaler, target, draft, history)
  if (wish !== undefined) {
    draft.desired = wish.replicas
    if (wish.replicas !== current) {
      await resize(context, autoscaler, target, draft, history, wish)
    }
  }
  await write(context, autoscaler, draft, current)
}

interface Wish {
  readonly replicas: number
  readonly reason: string
}

/** The size that shall be; undefined: nobody can say, and nothing changes. */
async function decide(
  context: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  { scale }: ScaleTarget,
  draft: Draft,
  history: History,
): Promise<Wish | undefined> {
  const { minReplicas: min = 1, maxReplicas: max } = autoscaler.spec
  const current = scale.spec?.replicas ?? 0
  if (current === 0 && min !== 0) {
    const message = 'scaling is disabled since the replica count of the target is zero'
    set(context, draft, 'ScalingActive', 'False', { reason: 'ScalingDisabled', message })
    return { replicas: 0, reason: '' }
  }
  if (current > max) {
    return { replicas: max, reason: 'Current number of replicas above Spec.MaxReplicas' }
  }
  if (current < min) {
    return { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas' }
  }
  const selector = scale.status?.selector ?? ''
  if (selector === '') {
    const message = "the HPA target's scale is missing a selector"
    tell(context, autoscaler, 'Warning', 'SelectorRequired', 'selector is required')
    set(context, draft, 'ScalingActive', 'False', { reason: 'InvalidSelector', message })
    return undefined
  }
  return await decideByMetrics(context, autoscaler, selector, current, draft, history)
}

async function decideByMetrics(
  context: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  selector: string,
  current: number,
  draft: Draft,
  history: History,
): Promise<Wish | undefined> {
  const found = await recommend(context, autoscaler, selector, current)
  const [fault] = found.faults
  for (const { reason, message } of found.faults) {
    tell(context, autoscaler, 'Warning', reason, message)
  }
  if (found.replicas === undefined && fault !== undefined) {
    const message = `the HPA was unable to compute the replica count: ${fault.message}`
    set(context, draft, 'ScalingActive', 'False', { reason: fault.reason, message })
    const total = autoscaler.spec.metrics?.length ?? 0
    const summary = `invalid metrics (${found.faults.length} invalid out of ${total}), first error is: failed to get ${nameOf(autoscaler)} metric value: ${fault.message}`
    tell(context, autoscaler, 'Warning', 'FailedComputeMetricsReplicas', summary)
    return undefined
  }
  draft.statuses = found.statuses
  const message = `the HPA was able to successfully calculate a replica count from ${found.metric}`
  set(context, draft, 'ScalingActive', 'True', { reason: 'ValidMetricFound', message })
  const wished = found.replicas ?? current
  const limited = limitReplicas(autoscaler, history, current, wished, context.clock.now())
  set(context, draft, 'AbleToScale', 'True', limited.stabilized)
  set(
    context,
    draft,
    'ScalingLimited',
    limited.limited ? 'True' : 'False',
    limited.limited ?? WITHIN_RANGE,
  )
  const reason = wished > current ? `${found.metric} above target` : 'All metrics below target'
  return { replicas: limited.replicas, reason }
}

const WITHIN_RANGE = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
}

/** `cpu resource`, as the summary of faults names the first metric. */
function nameOf({ spec }: HorizontalPodAutoscaler): string {
  const [first] = spec.metrics ?? []
  const { name = '' } = first?.resource ?? first?.containerResource ?? {}
  return first?.containerResource ? `${name} container` : `${name} resource`
}

async function resize(
  context: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  target: ScaleTarget,
  draft: Draft,
  history: History,
  { replicas, reason }: Wish,
): Promise<void> {
  const current = target.scale.spec?.replicas ?? 0
  try {
    await writeScale(context.client, target, replicas, context.signal)
  } catch (error) {
    const why = describeError(error)
    const text = `New size: ${replicas}; reason: ${reason}; error: ${why}`
    tell(context, autoscaler, 'Warning', 'FailedRescale', text)
    const message = `the HPA controller was unable to update the target scale: ${why}`
    set(context, draft, 'AbleToScale', 'False', { reason: 'FailedUpdateScale', message })
    draft.desired = current
    return
  }
  const now = context.clock.now()
  const text = `New size: ${replicas}; reason: ${reason}`
  tell(context, autoscaler, 'Normal', 'SuccessfulRescale', text)
  const message = `the HPA controller was able to update the target scale to ${replicas}`
  set(context, draft, 'AbleToScale', 'True', { reason: 'SucceededRescale', message })
  draft.lastScaleTime = rfc3339(now)
  history.changes = [
    ...history.changes.filter(({ at }) => at > now - MEMORY_MS),
    { at: now, by: replicas - current },
  ]
}

function tell(
  context: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  const about = referenceOf(HORIZONTALPODAUTOSCALERS, autoscaler)
  context.recorder('horizontal-pod-autoscaler').event(about, type, reason, message)
}

/** In the place where it is, or at the end; the time of transition stays while the status does. */
function set(
  { clock }: ControllerContext,
  draft: Draft,
  type: string,
  status: Condition['status'],
  { reason, message }: { readonly reason: string; readonly message: string },
): void {
  const before = findCondition(draft.conditions, type)
  const lastTransitionTime = rfc3339(clock.now())
  const next = keepTransition(before, { type, status, lastTransitionTime, reason, message })
  draft.conditions = before
    ? draft.conditions.map((one) => (one.type === type ? next : one))
    : [...withoutCondition(draft.conditions, type), next]
}

async function write(
  context: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  { conditions, desired, statuses, lastScaleTime }: Draft,
  current: number,
): Promise<void> {
  await writeStatus(context, HORIZONTALPODAUTOSCALERS, autoscaler, {
    ...(autoscaler.metadata.generation === undefined
      ? {}
      : { observedGeneration: autoscaler.metadata.generation }),
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas: current,
    desiredReplicas: desired,
    currentMetrics: statuses ?? autoscaler.status?.currentMetrics ?? null,
    conditions,
  })
}
