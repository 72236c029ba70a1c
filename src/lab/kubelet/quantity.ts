import { parseQuantity } from '../../kube/index.ts'

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
