import type { Service, ServicePort } from '../../kube/index.ts'
import { keys } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { hostLabelKey, hostMetadata } from './translate-metadata.ts'

type ServiceSpec = Service['spec'] & Readonly<Record<string, unknown>>

/** Rancher writes it on both sides; copied it would go to and fro for ever. */
const EXCLUDED = ['field.cattle.io/publicEndpoints']

/** `default/kubernetes` is the virtual API server itself: it is the vcluster's own Service on the host. */
export function isApiService({ metadata }: Service): boolean {
  return metadata.namespace === 'default' && metadata.name === 'kubernetes'
}

/**
 * The host's copy of a virtual Service. Its selector finds the host pods: reserved keys are translated, and the marker
 * and the virtual namespace are added. Source: vcluster 0.34, `pkg/controllers/resources/services`; compare
 * `test/fixtures/vcluster/host-services.json`.
 */
export function hostServiceOf(virtual: Service, context: SyncContext): Service {
  const { selector, ports, ...rest } = virtual.spec as ServiceSpec
  Reflect.deleteProperty(rest, 'healthCheckNodePort')
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: hostMetadata(virtual, 'Service', context, EXCLUDED),
    spec: {
      ...rest,
      ...(ports === undefined ? {} : { ports: ports.map(withoutNodePort) }),
      ...(selector === undefined
        ? {}
        : { selector: hostSelector(selector, virtual.metadata.namespace ?? '', context) }),
    },
  }
}

/** Node ports are the host's to give. */
function withoutNodePort(port: ServicePort): ServicePort {
  const copy = { ...port }
  Reflect.deleteProperty(copy, 'nodePort')
  return copy
}

function hostSelector(
  selector: Readonly<Record<string, string>>,
  namespace: string,
  { vcluster }: SyncContext,
): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(selector).map(([key, value]) => [hostLabelKey(key, vcluster), value]),
    ),
    [keys.MANAGED_BY]: vcluster,
    [keys.NAMESPACE]: namespace,
  }
}

/** What the host has given its copy and an update must leave. */
const HOSTS_OWN = [
  'clusterIP',
  'clusterIPs',
  'ipFamilies',
  'ipFamilyPolicy',
  'healthCheckNodePort',
  'internalTrafficPolicy',
  'allocateLoadBalancerNodePorts',
] as const

/** The spec that the host's copy is to have now: the wanted one, with the addresses and ports that the host gave. */
export function nextHostSpec(host: Service, wanted: Service): Service['spec'] {
  const [had, next] = [host.spec as ServiceSpec, { ...wanted.spec } as Record<string, unknown>]
  if (wanted.spec.type === 'ExternalName') return wanted.spec
  for (const key of HOSTS_OWN) if (had[key] !== undefined) next[key] = had[key]
  const ports = wanted.spec.ports?.map((port) => {
    const given = portLike(host, port)?.nodePort
    const isOutside = wanted.spec.type === 'NodePort' || wanted.spec.type === 'LoadBalancer'
    return given === undefined || !isOutside ? port : { ...port, nodePort: given }
  })
  return { ...next, ...(ports && { ports }) }
}

/** The virtual ports with the host's node ports. */
export function portsOfHost(virtual: Service, host: Service): ServicePort[] | undefined {
  return virtual.spec.ports?.map((port) => {
    const given = portLike(host, port)?.nodePort
    return given === undefined ? port : { ...port, nodePort: given }
  })
}

type GivenPort = ServicePort & { readonly nodePort?: number }

function portLike({ spec }: Service, wanted: ServicePort): GivenPort | undefined {
  return spec.ports?.find((port) => port.port === wanted.port && port.protocol === wanted.protocol)
}
