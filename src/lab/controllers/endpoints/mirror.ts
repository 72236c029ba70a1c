import {
  ENDPOINTS,
  type Endpoint,
  type EndpointAddress,
  type Endpoints,
  type EndpointSlice,
  type Service,
} from '../../../kube/index.ts'
import { controllerReference } from '../common/owners.ts'
import { sameValue } from '../common/template-hash.ts'
import { MANAGED_BY, SERVICE_LABEL, type SlicePlan } from './slices.ts'

export const MIRRORER = 'endpointslicemirroring-controller.k8s.io'
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror'
const LEADER = 'control-plane.alpha.kubernetes.io/leader'
/** The controller's maxEndpointsPerSubset. */
const MAX_ADDRESSES = 1000

/** Are these Endpoints written by somebody else, for a service that chooses no pods? Then slices say the same. */
export function isMirrored(
  endpoints: Endpoints | undefined,
  service: Service | undefined,
): endpoints is Endpoints {
  if (endpoints === undefined || service === undefined) return false
  const { labels = {}, annotations = {}, deletionTimestamp } = endpoints.metadata
  if (deletionTimestamp !== undefined || labels[SKIP_MIRROR] === 'true') return false
  const { selector } = service.spec
  return annotations[LEADER] === undefined && Object.keys(selector ?? {}).length === 0
}

/**
 * The slices that mirror hand-written Endpoints (endpointslicemirroring): one for each subset and family of addresses,
 * with the labels and annotations of the Endpoints, which own them. Without Endpoints to mirror all of them go.
 */
export function planMirror(
  endpoints: Endpoints | undefined,
  existing: readonly EndpointSlice[],
): SlicePlan {
  const left = [...existing]
  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  for (const wanted of endpoints ? slicesOf(endpoints) : []) {
    const isSame = (one: EndpointSlice): boolean =>
      one.addressType === wanted.addressType && sameValue(one.ports ?? [], wanted.ports ?? [])
    const index = left.findIndex(isSame)
    const [old] = index < 0 ? [] : left.splice(index, 1)
    if (old === undefined) create.push(wanted)
    else if (!sameValue(facts(old), facts(wanted)))
      update.push({ ...wanted, metadata: { ...old.metadata, ...named(wanted, old) } })
  }
  return { create, update, remove: left }
}

const facts = ({ metadata, endpoints, ports }: EndpointSlice): unknown => [
  metadata.labels,
  (endpoints as Endpoint[] | null) ?? [],
  ports ?? [],
]

function named({ metadata }: EndpointSlice, old: EndpointSlice): EndpointSlice['metadata'] {
  const { generateName, ...rest } = metadata
  return generateName === undefined ? rest : { ...rest, ...nameOf(old) }
}

const nameOf = ({ metadata: { name } }: EndpointSlice): EndpointSlice['metadata'] =>
  name === undefined ? {} : { name }

function slicesOf(endpoints: Endpoints): EndpointSlice[] {
  const { name = '', namespace = '', labels, annotations } = endpoints.metadata
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !NOT_MIRRORED.includes(key))
  return (endpoints.subsets ?? []).flatMap((subset) => {
    const all = [
      ...(subset.addresses ?? []).map((address) => endpointOf(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address) => endpointOf(address, false)),
    ].slice(0, MAX_ADDRESSES)
    const families = (['IPv4', 'IPv6'] as const).map((family) => ({
      family,
      endpoints: all.filter(({ addresses: [ip = ''] }) => ip.includes(':') === (family === 'IPv6')),
    }))
    return families
      .filter((one) => one.endpoints.length > 0)
      .map((one) => ({
        metadata: {
          generateName: `${name}-`,
          namespace,
          labels: { ...labels, [SERVICE_LABEL]: name, [MANAGED_BY]: MIRRORER },
          ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
          ownerReferences: [controllerReference(ENDPOINTS, endpoints)],
        },
        addressType: one.family,
        endpoints: one.endpoints,
        ports: (subset.ports ?? []).map(({ name: port = '', ...rest }) => ({
          name: port,
          ...rest,
        })),
      }))
  })
}

const NOT_MIRRORED = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'endpoints.kubernetes.io/last-change-trigger-time',
]

function endpointOf(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  }
}
