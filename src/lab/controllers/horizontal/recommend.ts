import {
  PODS,
  matchesLabels,
  parseLabelSelector,
  type HorizontalPodAutoscaler,
  type MetricSource,
  type Pod,
} from '../../../kube/index.ts'
import { describeError } from '../../../core/index.ts'
import type { ControllerContext } from '../controller.ts'
import { groupPods } from './group-pods.ts'
import { milliOf, readPodMetrics, requestOf, wantedOf } from './read-metrics.ts'
import { calculateReplicas, type Calculation, type Target } from './replicas.ts'

/** What an autoscaler's metrics say, one after the other. */
export interface Recommendation {
  /** undefined: no metric could be read, or a missing one could have asked for more. */
  readonly replicas: number | undefined
  /** The metric that asked for the most, as events name it. */
  readonly metric: string
  readonly statuses: Record<string, unknown>[]
  readonly faults: readonly MetricFault[]
}

export interface MetricFault {
  /** Of the event and the condition. */
  readonly reason: string
  readonly message: string
}

/** Asks metrics.k8s.io for every metric that the autoscaler names (computeReplicasForMetrics). */
export async function recommend(
  context: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  selector: string,
  current: number,
): Promise<Recommendation> {
  const { metrics = [] } = autoscaler.spec
  const statuses: Record<string, unknown>[] = []
  const faults: MetricFault[] = []
  let best: { replicas: number; metric: string } | undefined
  for (const source of metrics) {
    try {
      const found = await evaluate(context, autoscaler, selector, current, source)
      statuses.push(found.status)
      if (best === undefined || found.replicas > best.replicas) best = found
    } catch (error) {
      faults.push({ reason: `FailedGet${source.type}Metric`, message: describeError(error) })
    }
  }
  const mayBeMore = faults.length > 0 && (best === undefined || best.replicas < current)
  return {
    replicas: mayBeMore ? undefined : best?.replicas,
    metric: best?.metric ?? '',
    statuses,
    faults,
  }
}

interface Evaluated {
  readonly replicas: number
  readonly metric: string
  readonly status: Record<string, unknown>
}

async function evaluate(
  { client, informers, clock, signal }: ControllerContext,
  { metadata }: HorizontalPodAutoscaler,
  selector: string,
  current: number,
  source: MetricSource,
): Promise<Evaluated> {
  const wanted = wantedOf(source)
  if (wanted === undefined) {
    const api = source.type === 'External' ? 'external' : 'custom'
    const text = `no ${api} metrics API (${api}.metrics.k8s.io) registered`
    throw new Error(
      `unable to get metric: unable to fetch metrics from ${api} metrics API: ${text}`,
    )
  }
  const { resource, container } = wanted
  const target = (source.resource ?? source.containerResource)?.target
  const percent = target?.averageUtilization
  const inContainer = container === undefined ? '' : 'container '
  try {
    const namespace = metadata.namespace ?? ''
    const found = await readPodMetrics(client, namespace, selector, wanted, signal)
    const pods = podsOf(informers.of<Pod>(PODS).list(), namespace, selector)
    if (pods.length === 0) {
      throw new Error('no pods returned by selector while calculating replica count')
    }
    const groups = groupPods(pods, found, resource, clock.now())
    if (groups.ready.length === 0) {
      throw new Error('did not receive metrics for targeted pods (pods might be unready)')
    }
    const goal: Target['goal'] =
      percent === undefined ? { value: milliOf(target?.averageValue) ?? 1 } : { percent }
    const requests = new Map(
      'percent' in goal
        ? pods.map((pod) => [pod.metadata.name ?? '', requestOf(pod, wanted)] as const)
        : [],
    )
    const result = calculateReplicas({ current, groups, metrics: found, requests, goal })
    return describe(source, result, `${resource} ${inContainer}resource`)
  } catch (error) {
    // No `cause`: its text would be told twice.
    const of =
      percent === undefined ? `${resource} resource metric value` : `${resource} utilization`
    throw new Error(`failed to get ${of}: ${describeError(error)}`)
  }
}

function describe(
  { type, resource, containerResource }: MetricSource,
  { replicas, average, utilization }: Calculation,
  metric: string,
): Evaluated {
  const { name = '' } = resource ?? containerResource ?? {}
  const current = {
    ...(utilization === undefined ? {} : { averageUtilization: utilization }),
    averageValue: formatMilli(average),
  }
  const of = containerResource ? { name, container: containerResource.container } : { name }
  const field = containerResource ? 'containerResource' : 'resource'
  return {
    replicas,
    metric: utilization === undefined ? metric : `${metric} utilization (percentage of request)`,
    status: { type, [field]: { ...of, current } },
  }
}

const formatMilli = (value: number): string =>
  value % 1000 === 0 ? String(value / 1000) : `${value}m`

function podsOf(pods: readonly Pod[], namespace: string, selector: string): Pod[] {
  const parsed = parseLabelSelector(selector)
  if (!parsed.ok) return []
  return pods.filter(
    ({ metadata }) =>
      metadata.namespace === namespace && matchesLabels(parsed.requirements, metadata.labels),
  )
}
