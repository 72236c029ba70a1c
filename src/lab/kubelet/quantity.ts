import type { Container, Pod } from '../../kube/index.ts'

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** A Kubernetes quantity (`100m`, `64Mi`, `1e3`) as a number; undefined when it is none. */
export function parseQuantity(text: string | undefined): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(
    text ?? '',
  )
  const factor = FACTORS[match?.[2] ?? '']
  return match && factor !== undefined ? Number(match[1]) * factor : undefined
}

export interface ContainerLimits {
  readonly cpuMillicores?: number
  readonly memoryBytes?: number
}

/** What the runtime wants of `resources.limits` or `resources.requests`. */
export function limitsOf(resources: Record<string, string> | undefined): ContainerLimits {
  const cpu = parseQuantity(resources?.['cpu'])
  const memory = parseQuantity(resources?.['memory'])
  return {
    ...(cpu === undefined ? {} : { cpuMillicores: Math.round(cpu * 1000) }),
    ...(memory === undefined ? {} : { memoryBytes: Math.round(memory) }),
  }
}

/** The pod's quality of service, by the rules of the API server (v1/helper/qos, 1.36). */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers: Container[] = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  const has = (values: Record<string, string> | undefined): boolean =>
    ['cpu', 'memory'].some((name) => (parseQuantity(values?.[name]) ?? 0) > 0)
  if (!containers.some((c) => has(c.resources?.requests) || has(c.resources?.limits)))
    return 'BestEffort'
  const guaranteed = containers.every((container) =>
    ['cpu', 'memory'].every((name) => {
      const limit = parseQuantity(container.resources?.limits?.[name])
      const request = parseQuantity(container.resources?.requests?.[name]) ?? limit
      return limit !== undefined && limit > 0 && request === limit
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
