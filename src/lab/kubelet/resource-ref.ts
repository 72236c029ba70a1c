import { parseCpuMillicores, parseQuantity, type Container } from '../../kube/index.ts'

/** `resourceFieldRef`: one of a container's requests or limits. */
export interface ResourceRef {
  readonly containerName?: string
  /** `limits.cpu`, `requests.memory`, `limits.ephemeral-storage`, `requests.hugepages-2Mi`. */
  readonly resource: string
  /** The unit; `1`, and `0` too, is cores and bytes. */
  readonly divisor?: string
}

/** What a container without such a limit may use: all that the node has. */
const DEFAULTED = ['cpu', 'memory', 'ephemeral-storage']

/** Is it answered by the node, because the container has no such limit? */
export function needsNode(container: Container, { resource }: ResourceRef): boolean {
  const [list, name = ''] = split(resource)
  return (
    list === 'limits' && DEFAULTED.includes(name) && !isSet(container.resources?.limits?.[name])
  )
}

/**
 * The value as a whole number of divisors, rounded up, as the downward API shows it (ExtractContainerResourceValue);
 * undefined is a resource that cannot be referred to.
 */
export function resourceValue(
  container: Container,
  ref: ResourceRef,
  allocatable: Readonly<Record<string, string>>,
): string | undefined {
  const [list, name = ''] = split(ref.resource)
  const isKnown = DEFAULTED.includes(name) || name.startsWith('hugepages-')
  if ((list !== 'limits' && list !== 'requests') || !isKnown) return undefined
  const own = container.resources?.[list]?.[name]
  const quantity = needsNode(container, ref) ? allocatable[name] : own
  const parse = name === 'cpu' ? parseCpuMillicores : parseQuantity
  const value = parse(quantity ?? '0')
  const divisor = parse(isSet(ref.divisor) ? ref.divisor : '1')
  if (!value.ok || !divisor.ok) return undefined
  return String(Math.ceil(value.value / divisor.value))
}

/** `limits.cpu` in its two parts; hugepages have further points in none. */
const split = (resource: string): string[] => resource.split('.', 2)

function isSet(quantity: string | undefined): quantity is string {
  const parsed = quantity === undefined ? undefined : parseQuantity(quantity)
  return parsed?.ok === true && parsed.value !== 0
}
