import {
  parseQuantity,
  type KubeClient,
  type MetricSource,
  type Pod,
  type RawAnswer,
} from '../../../kube/index.ts'
import type { PodMetric } from './group-pods.ts'

interface PodMetricsList {
  items?: {
    metadata?: { name?: string }
    timestamp?: string
    window?: string
    containers?: { name?: string; usage?: Record<string, string> }[]
  }[]
}

/** A metric that an autoscaler names, of the kinds that metrics.k8s.io has. */
export interface WantedMetric {
  readonly resource: string
  /** undefined: all containers together. */
  readonly container: string | undefined
}

export function wantedOf(source: MetricSource): WantedMetric | undefined {
  if (source.type === 'Resource' && source.resource) {
    return { resource: source.resource.name, container: undefined }
  }
  if (source.type === 'ContainerResource' && source.containerResource) {
    const { name, container } = source.containerResource
    return { resource: name, container }
  }
  return undefined
}

/** Throws Error in the controller's words when the API is away or has nothing. */
export async function readPodMetrics(
  client: KubeClient,
  namespace: string,
  selector: string,
  wanted: WantedMetric,
  signal: AbortSignal,
): Promise<Map<string, PodMetric>> {
  const about = `unable to get metrics for resource ${wanted.resource}`
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`
  const query = new URLSearchParams({ labelSelector: selector })
  const answer = await client.raw('GET', `${path}?${query.toString()}`, { signal })
  if (answer.status !== 200) {
    const why = refusalOf(answer, 'get pods.metrics.k8s.io')
    throw new Error(`${about}: unable to fetch metrics from resource metrics API: ${why}`)
  }
  const { items = [] } = JSON.parse(answer.body.toString('utf8')) as PodMetricsList
  if (items.length === 0) throw new Error(`${about}: no metrics returned from resource metrics API`)
  const metrics = items.flatMap(({ metadata, timestamp = '', window = '', containers = [] }) => {
    const chosen = containers.filter(
      ({ name }) => wanted.container === undefined || name === wanted.container,
    )
    const values = chosen.map(({ usage }) => milliOf(usage?.[wanted.resource]))
    if (values.length === 0 || values.includes(undefined)) return []
    const value = values.reduce<number>((sum, one) => sum + (one ?? 0), 0)
    const metric = { value, at: Date.parse(timestamp), windowMs: windowMs(window) }
    return [[metadata?.name ?? '', metric] as const]
  })
  return new Map(metrics)
}

/** What client-go makes of a refusal. */
export function refusalOf({ status, body }: RawAnswer, request: string): string {
  try {
    const { message } = JSON.parse(body.toString('utf8')) as { message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // No Status: the aggregator's own words are plain text.
  }
  if (status === 404) return `the server could not find the requested resource (${request})`
  if (status === 503) {
    return `the server is currently unable to handle the request (${request})`
  }
  return `an error on the server has prevented the request from succeeding (${request})`
}

/** The requests of a pod, by the same rule as its metrics. Throws where a container has none. */
export function requestOf(pod: Pod, { resource, container }: WantedMetric): number {
  const { name = '' } = pod.metadata
  const chosen = pod.spec.containers.filter(
    (one) => container === undefined || one.name === container,
  )
  if (chosen.length === 0) {
    throw new Error(`container ${container ?? ''} not found in Pod ${name}`)
  }
  return chosen.reduce((sum, one) => {
    const value = milliOf(one.resources?.requests?.[resource])
    if (value === undefined) {
      throw new Error(`missing request for ${resource} in container ${one.name} of Pod ${name}`)
    }
    return sum + value
  }, 0)
}

/** Thousandths, rounded up as Quantity.MilliValue does. */
export function milliOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const read = parseQuantity(text)
  return read.ok ? Math.ceil(Number((read.value * 1000).toFixed(6))) : undefined
}

function windowMs(text: string): number {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(text) ?? []
  return Number(minutes) * 60_000 + Number(seconds) * 1000
}
