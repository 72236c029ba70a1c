import type { KubeObject } from './objects.ts'
import { parseQuantity } from './quantity.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const COUNTED = ['cpu', 'memory'] as const

/**
 * A pod's quality of service, of an object that nobody has checked yet too (pkg/apis/core/v1/helper/qos, 1.36): what counts
 * are cpu and memory above zero, compared as numbers (`1` is `1000m`), of the pod as a whole where it has such, else of
 * every container. A request that is left out is as high as the limit, as the API server fills it in.
 */
export function qosClassOf(pod: KubeObject): QosClass {
  const spec = fieldsOf(pod['spec'])
  const ofPod = amountsOf(spec['resources'])
  const containers = [...listOf(spec['initContainers']), ...listOf(spec['containers'])]
  const all = ofPod.some(isGiven)
    ? ofPod
    : containers.flatMap((container) => amountsOf(fieldsOf(container)['resources']))
  if (!all.some(isGiven)) return 'BestEffort'
  const isGuaranteed = all.every(
    ({ request, limit }) => limit !== undefined && (request ?? limit) === limit,
  )
  return isGuaranteed ? 'Guaranteed' : 'Burstable'
}

interface Amounts {
  readonly request: number | undefined
  readonly limit: number | undefined
}

const isGiven = ({ request, limit }: Amounts): boolean =>
  request !== undefined || limit !== undefined

/** One for each resource that counts. */
function amountsOf(resources: unknown): readonly Amounts[] {
  const { requests, limits } = fieldsOf(resources)
  return COUNTED.map((name) => ({
    request: amount(fieldsOf(requests)[name]),
    limit: amount(fieldsOf(limits)[name]),
  }))
}

/** Undefined for what is not above zero, or no quantity at all. */
function amount(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const parsed = parseQuantity(String(value))
  return parsed.ok && parsed.value > 0 ? parsed.value : undefined
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
