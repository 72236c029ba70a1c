import { parseQuantity, type Container, type Pod } from '../../kube/index.ts'

/** A quantity as a number (cores, bytes); undefined when there is none. */
function parse(text: string | undefined): number | undefined {
  const result = text === undefined ? undefined : parseQuantity(text)
  return result?.ok ? result.value : undefined
}

export interface ContainerLimits {
  readonly cpuMillicores?: number
  readonly memoryBytes?: number
}

/** What the runtime wants of `resources.limits` or `resources.requests`. */
export function limitsOf(resources: Record<string, string> | undefined): ContainerLimits {
  const cpu = parse(resources?.['cpu'])
  const memory = parse(resources?.['memory'])
  return {
    ...(cpu === undefined ? {} : { cpuMillicores: Math.round(cpu * 1000) }),
    ...(memory === undefined ? {} : { memoryBytes: Math.round(memory) }),
  }
}

/** The pod's quality of service, by the rules of the API server (v1/helper/qos, 1.36). */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers: Container[] = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  const has = (values: Record<string, string> | undefined): boolean =>
    ['cpu', 'memory'].some((name) => (parse(values?.[name]) ?? 0) > 0)
  if (!containers.some((c) => has(c.resources?.requests) || has(c.resources?.limits)))
    return 'BestEffort'
  const guaranteed = containers.every((container) =>
    ['cpu', 'memory'].every((name) => {
      const limit = parse(container.resources?.limits?.[name])
      const request = parse(container.resources?.requests?.[name]) ?? limit
      return limit !== undefined && limit > 0 && request === limit
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
