import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf } from '../fields.ts'
import { simple } from './core.ts'
import {
  AGE,
  NAME,
  ageOf,
  column,
  count,
  labelsText,
  nameOf,
  selectorText,
  someOf,
  spec,
  status,
  text,
  wide,
  type Printer,
} from './printer.ts'

const MOST = 3

export const SERVICES_PRINTER: Printer = {
  columns: [
    NAME,
    column('Type', 'type determines how the Service is exposed.'),
    column(
      'Cluster-IP',
      'clusterIP is the IP address of the service and is usually assigned randomly.',
    ),
    column(
      'External-IP',
      'externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.',
    ),
    column('Port(s)', 'The list of ports that are exposed by this service.'),
    AGE,
    wide(
      'Selector',
      'Route service traffic to pods with label keys and values matching this selector.',
    ),
  ],
  cells: (service, now) => [
    nameOf(service),
    text(spec(service)['type']),
    text(textsOf(spec(service)['clusterIPs'])[0], '<none>'),
    externalOf(service),
    portsOf(service),
    ageOf(service, now),
    labelsText(spec(service)['selector']),
  ],
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

function externalOf(service: KubeObject): string {
  const { type, externalIPs, externalName } = spec(service)
  const given = textsOf(externalIPs)
  switch (type) {
    case 'ClusterIP':
    case 'NodePort':
      return given.join(',') || '<none>'
    case 'LoadBalancer':
      return [...addressesOf(service), ...given].join(',') || '<pending>'
    case 'ExternalName':
      return text(externalName)
    default:
      return '<unknown>'
  }
}

/** Addresses of a load balancer, sorted, each once. */
function addressesOf(object: KubeObject): string[] {
  const ingress = listOf(fieldsOf(status(object)['loadBalancer'])['ingress'])
  const addresses = ingress.map((one) => text(one['ip']) || text(one['hostname']))
  return [...new Set(addresses.filter((address) => address !== ''))].sort()
}

function portsOf(service: KubeObject): string {
  const ports = listOf(spec(service)['ports']).map((port) => {
    const node = count(port['nodePort'])
    return `${count(port['port'])}${node > 0 ? `:${node}` : ''}/${text(port['protocol'])}`
  })
  return ports.join(',') || '<none>'
}

export const ENDPOINTS_PRINTER: Printer = simple(
  [column('Endpoints', 'The set of all endpoints is the union of all subsets.')],
  (object) => {
    const subsets = listOf(object['subsets'])
    return [subsets.length === 0 ? '<none>' : someOf(subsets.flatMap(subsetAddresses), MOST, '')]
  },
)

function subsetAddresses(subset: Record<string, unknown>): string[] {
  const addresses = listOf(subset['addresses']).map((one) => text(one['ip']))
  const ports = listOf(subset['ports'])
  if (ports.length === 0) return addresses
  return ports.flatMap((port) => addresses.map((ip) => withPort(ip, count(port['port']))))
}

const withPort = (ip: string, port: number): string =>
  ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`

export const ENDPOINTSLICES_PRINTER: Printer = simple(
  [
    column(
      'AddressType',
      'addressType specifies the type of address carried by this EndpointSlice.',
    ),
    column(
      'Ports',
      'ports specifies the list of network ports exposed by each endpoint in this slice.',
    ),
    column('Endpoints', 'endpoints is a list of unique endpoints in this slice.'),
  ],
  (object) => {
    const ports = listOf(object['ports']).map((port) =>
      typeof port['port'] === 'number' ? String(port['port']) : text(port['name']) || '*',
    )
    const addresses = listOf(object['endpoints']).flatMap((one) => textsOf(one['addresses']))
    return [
      text(object['addressType']),
      someOf(ports, MOST, '<unset>'),
      someOf(addresses, MOST, '<unset>'),
    ]
  },
)

export const INGRESSES_PRINTER: Printer = simple(
  [
    column(
      'Class',
      'The name of the IngressClass resource that should be used for additional configuration',
    ),
    column('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
    column('Address', 'Address is a list containing ingress points for the load-balancer'),
    column('Ports', 'Ports of TLS configurations that open'),
  ],
  (object) => [
    text(spec(object)['ingressClassName'], '<none>'),
    hostsOf(listOf(spec(object)['rules']).map((rule) => text(rule['host']))),
    addressesOf(object).join(','),
    listOf(spec(object)['tls']).length > 0 ? '80, 443' : '80',
  ],
)

function hostsOf(hosts: readonly string[]): string {
  const named = hosts.filter((host) => host !== '')
  if (named.length === 0) return '*'
  return named.length > MOST
    ? `${named.slice(0, MOST).join(',')} + ${hosts.length - MOST} more...`
    : named.join(',')
}

export const INGRESSCLASSES_PRINTER: Printer = simple(
  [
    column('Controller', 'Controller that is responsible for handling this class'),
    column('Parameters', 'A reference to a resource with additional parameters'),
  ],
  (object) => {
    const { controller, parameters } = spec(object)
    return [text(controller), isFields(parameters) ? referenceOf(parameters) : '<none>']
  },
)

const referenceOf = (to: Record<string, unknown>): string =>
  `${text(to['kind'])}${to['apiGroup'] ? `.${text(to['apiGroup'])}` : ''}/${text(to['name'])}`

export const NETWORKPOLICIES_PRINTER: Printer = simple(
  [
    column(
      'Pod-Selector',
      'podSelector selects the pods to which this NetworkPolicy object applies.',
    ),
  ],
  (object) => [selectorText(spec(object)['podSelector'])],
)

export const LEASES_PRINTER: Printer = simple(
  [column('Holder', 'holderIdentity contains the identity of the holder of a current lease.')],
  (object) => [text(spec(object)['holderIdentity'])],
)
