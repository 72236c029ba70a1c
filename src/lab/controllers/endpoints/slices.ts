import {
  SERVICES,
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  type Service,
} from '../../../kube/index.ts'
import { controllerReference } from '../common/owners.ts'
import { sameValue } from '../common/template-hash.ts'
import { byPorts, isHeadless, targetOf, type Backend } from './backends.ts'

export const SERVICE_LABEL = 'kubernetes.io/service-name'
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const MANAGER = 'endpointslice-controller.k8s.io'
export const HEADLESS = 'service.kubernetes.io/headless'
const PER_SLICE = 100

export interface SlicePlan {
  readonly create: readonly EndpointSlice[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

/** The slices that a service shall have, made of those that it has. One without endpoints has an empty slice. */
export function planSlices(
  service: Service,
  backends: readonly Backend[],
  existing: readonly EndpointSlice[],
): SlicePlan {
  const wanted = contentsOf(backends)
  const left = [...existing]
  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  for (const content of wanted) {
    // One that holds these ports already, else any other.
    const same = left.findIndex((one) => sameValue(one.ports ?? null, content.ports ?? null))
    const [old] = left.splice(same === -1 ? 0 : same, 1)
    const next = sliceOf(service, content, old)
    if (old === undefined) create.push(next)
    else if (!sameSlice(old, next)) update.push(next)
  }
  return { create, update, remove: left }
}

interface Content {
  readonly endpoints: Endpoint[]
  readonly ports: EndpointPort[] | undefined
}

function contentsOf(backends: readonly Backend[]): Content[] {
  const contents = [...byPorts(backends).values()].flatMap((group) => {
    const ports = [...(group[0]?.ports ?? [])]
    const pages = Math.ceil(group.length / PER_SLICE)
    return Array.from({ length: pages }, (_, page) => ({
      ports,
      endpoints: group.slice(page * PER_SLICE, (page + 1) * PER_SLICE).map(endpointOf),
    }))
  })
  return contents.length > 0 ? contents : [{ endpoints: [], ports: undefined }]
}

function endpointOf({ pod, ip, ready, serving, terminating, hostname }: Backend): Endpoint {
  const { nodeName } = pod.spec
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: targetOf(pod),
    ...(nodeName ? { nodeName } : {}),
  }
}

function sliceOf(
  service: Service,
  { endpoints, ports }: Content,
  old: EndpointSlice | undefined,
): EndpointSlice {
  const { name = '', namespace = '', labels } = service.metadata
  return {
    metadata: {
      ...(old?.metadata ?? { generateName: `${name}-`, namespace }),
      labels: {
        ...labels,
        ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
        [MANAGED_BY]: MANAGER,
        [SERVICE_LABEL]: name,
      },
      ownerReferences: [controllerReference(SERVICES, service)],
    },
    addressType: 'IPv4',
    endpoints,
    ...(ports ? { ports } : {}),
  }
}

function sameSlice(a: EndpointSlice, b: EndpointSlice): boolean {
  const facts = ({ metadata, endpoints, ports }: EndpointSlice): unknown => [
    metadata.labels,
    metadata.ownerReferences,
    // A server may write an empty list as null.
    (endpoints as Endpoint[] | null) ?? [],
    ports ?? [],
  ]
  return sameValue(facts(a), facts(b))
}
