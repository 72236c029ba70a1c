import {
  parseCpuMillicores,
  parseQuantity,
  type Container,
  type Node,
  type Pod,
  type SchedulablePodSpec,
} from '../../../kube/index.ts'

/** Amounts by resource: CPU in millicores, the others in their own unit. */
export type Amounts = Readonly<Record<string, number>>

/** What is not a quantity counts as nothing: the API server has refused it long ago. */
export function parseAmounts(given: Readonly<Record<string, string>> = {}): Amounts {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      const parsed = name === 'cpu' ? parseCpuMillicores(text) : parseQuantity(text)
      return [name, parsed.ok ? parsed.value : 0]
    }),
  )
}

export function addAmounts(...all: readonly Amounts[]): Amounts {
  const sum: Record<string, number> = {}
  for (const one of all) {
    for (const [name, amount] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + amount
  }
  return sum
}

function largest(a: Amounts, b: Amounts): Amounts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]))
}

const requestsOf = ({ resources }: Container): Amounts =>
  parseAmounts({ ...resources?.limits, ...resources?.requests })

const isSidecar = (container: Container): boolean =>
  (container as { restartPolicy?: string }).restartPolicy === 'Always'

/**
 * What a pod asks a node for: all containers and sidecars together, or what an init container needs while the sidecars
 * before it run, whichever is more; and the overhead (component-helpers/resource, PodRequests).
 */
export function podRequests(pod: Pod): Amounts {
  const spec: SchedulablePodSpec = pod.spec
  let sidecars: Amounts = {}
  let starting: Amounts = {}
  for (const container of spec.initContainers ?? []) {
    const own = requestsOf(container)
    if (isSidecar(container)) sidecars = addAmounts(sidecars, own)
    starting = largest(starting, isSidecar(container) ? sidecars : addAmounts(sidecars, own))
  }
  const running = addAmounts(sidecars, ...spec.containers.map(requestsOf))
  return addAmounts(largest(running, starting), parseAmounts(spec.overhead))
}

/** What of a node pods may use; undefined for a node that says nothing: it takes everything. */
export const allocatableOf = ({ status }: Node): Amounts | undefined =>
  status?.allocatable && parseAmounts(status.allocatable)

/** What is missing on a node for a pod, in the scheduler's words. */
export function shortages(
  wanted: Amounts,
  used: Amounts,
  podCount: number,
  allocatable: Amounts | undefined,
): string[] {
  if (allocatable === undefined) return []
  const tooMany = podCount + 1 > (allocatable['pods'] ?? Infinity) ? ['Too many pods'] : []
  const short = Object.entries(wanted)
    .filter(([name, amount]) => amount > 0 && amount > (allocatable[name] ?? 0) - (used[name] ?? 0))
    .map(([name]) => `Insufficient ${name}`)
  return [...tooMany, ...short]
}
