import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
  Service,
  ServicePort,
} from '../../kube/index.ts'

/** Where a Service's port leads. */
export interface Target {
  readonly address: string
  readonly port: number
}

export type Protocol = 'TCP' | 'UDP'

/** A place to listen, and where what comes there goes. */
export interface Route {
  /** `TCP/127.20.192.7/80`: the same place, the same id. */
  readonly id: string
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
  /** Never empty. */
  readonly targets: readonly Target[]
  /** How long a client keeps its target, in milliseconds (`sessionAffinity: ClientIP`); undefined: it does not. */
  readonly affinityMs: number | undefined
}

/** What a lab lets its Services listen on and lead to. */
export interface ServiceNet {
  /** Where node ports are. */
  readonly nodeAddresses: readonly string[]
  isServiceAddress(address: string): boolean
  /** Whether something of this lab, or outside of the machine, is at this address: other loopback addresses are not for it. */
  isTarget(target: Target): boolean
}

const PROXY_NAME = 'service.kubernetes.io/service-proxy-name'

/**
 * The routes of a Service: its cluster address and its node ports, for each port that has an endpoint. Headless ones and
 * those of other proxies have none, and neither has a port without endpoints: nobody listens, so connections are refused.
 * Source: kube-proxy 1.36, `pkg/proxy` (endpoints that end are used when there are no ready ones).
 */
export function routesOf(
  service: Service,
  slices: readonly EndpointSlice[],
  net: ServiceNet,
): Route[] {
  const { spec, metadata } = service
  const { clusterIP = '', ports = [] } = spec
  if (spec.type === 'ExternalName' || metadata.labels?.[PROXY_NAME] !== undefined) return []
  const affinityMs = affinityOf(spec)
  return ports.flatMap((port) => {
    const protocol = protocolOf(port.protocol)
    const targets = targetsOf(port, slices, net)
    if (protocol === undefined || targets.length === 0) return []
    const at = (address: string, number: number): Route => ({
      id: `${protocol}/${address}/${number}`,
      protocol,
      address,
      port: number,
      targets,
      affinityMs,
    })
    const { nodePort } = port
    return [
      ...(net.isServiceAddress(clusterIP) ? [at(clusterIP, port.port)] : []),
      ...(nodePort === undefined ? [] : net.nodeAddresses.map((node) => at(node, nodePort))),
    ]
  })
}

function protocolOf(name = 'TCP'): Protocol | undefined {
  return name === 'TCP' || name === 'UDP' ? name : undefined
}

function affinityOf(spec: Service['spec'] & Readonly<Record<string, unknown>>): number | undefined {
  if (spec['sessionAffinity'] !== 'ClientIP') return undefined
  const config = spec['sessionAffinityConfig'] as
    { readonly clientIP?: { readonly timeoutSeconds?: number } } | undefined
  return (config?.clientIP?.timeoutSeconds ?? 10_800) * 1000
}

function targetsOf(
  port: ServicePort,
  slices: readonly EndpointSlice[],
  net: ServiceNet,
): readonly Target[] {
  const ready = new Map<string, Target>()
  const ending = new Map<string, Target>()
  for (const slice of slices) {
    const found = portOf(slice, port)
    if (found === undefined || slice.addressType !== 'IPv4') continue
    for (const endpoint of (slice.endpoints as Endpoint[] | null) ?? []) {
      const target = { address: endpoint.addresses[0] ?? '', port: found }
      const place = `${target.address}:${target.port}`
      if (!net.isTarget(target)) continue
      if (endpoint.conditions.ready !== false) ready.set(place, target)
      else if (isServingLast(endpoint)) ending.set(place, target)
    }
  }
  return [...(ready.size > 0 ? ready : ending).values()]
}

/** The number that the pods of a slice have behind a Service's port: names are the same on both sides. */
function portOf(
  { ports }: EndpointSlice,
  { name = '', protocol = 'TCP' }: ServicePort,
): number | undefined {
  const isSame = (one: EndpointPort): boolean =>
    (one.name ?? '') === name && (one.protocol ?? 'TCP') === protocol
  return ports?.find(isSame)?.port
}

/** It ends, and still answers. */
const isServingLast = ({ conditions }: Endpoint): boolean =>
  conditions.terminating === true && conditions.serving === true
