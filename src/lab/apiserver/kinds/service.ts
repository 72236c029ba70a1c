import { SERVICES, type KubeObject } from '../../../kube/index.ts'
import { fieldsOf, listOf, setDefaults, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { immutable, invalid, oneOf, required } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { specOf } from './template.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

/** Which addresses and node ports a cluster's Services get, and may ask for. The uid is that of the Service itself. */
export interface ServiceAddresses {
  takeAddress(uid: string): string
  takeNodePort(uid: string, used: readonly number[]): number
  /** Why a Service may not have this address; undefined: it may. */
  addressFault(uid: string, address: string): string | undefined
  nodePortFault(uid: string, port: number): string | undefined
}

/** Where no server gives them: everything goes. */
const ANY_ADDRESS: ServiceAddresses = {
  takeAddress: () => '10.96.0.2',
  takeNodePort: (_, used) => 30_000 + used.length,
  addressFault: () => undefined,
  nodePortFault: () => undefined,
}

/** Services whose addresses and node ports one server gives. */
export function serviceKind(addresses: ServiceAddresses): Kind {
  return kind(SERVICES, {
    ...RULES,
    prepareCreate(object) {
      takeAddress(object, addresses)
      takeNodePorts(object, addresses)
      object['status'] = { loadBalancer: {} }
    },
    prepareUpdate(object, old) {
      const spec = specOf(object)
      if (spec['type'] === 'ExternalName') return
      const { clusterIP, clusterIPs } = specOf(old)
      setDefaults(spec, { clusterIP, clusterIPs })
      takeAddress(object, addresses)
      keepNodePorts(spec, specOf(old))
      takeNodePorts(object, addresses)
    },
    validate: (object, old) => [
      ...serviceFaults(specOf(object)),
      ...(old ? addressFaults(specOf(object), specOf(old)) : []),
      ...allocationFaults(object, old, addresses),
    ],
  })
}

const RULES: Partial<Kind> = {
  nameRule: 'service',
  subresources: ['status'],
  hasStatus: true,
  returnsDeleted: true,
  categories: ['all'],
  setDefaults(object) {
    setDefaults(object, { spec: {} })
    const spec = specOf(object)
    setDefaults(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
    for (const port of listOf(spec['ports'])) {
      setDefaults(port, { protocol: 'TCP', targetPort: port['port'] })
    }
    if (spec['type'] === 'ExternalName') return
    setDefaults(spec, {
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    })
    if (isReachedFromOutside(spec)) setDefaults(spec, { externalTrafficPolicy: 'Cluster' })
    if (spec['type'] === 'LoadBalancer') setDefaults(spec, { allocateLoadBalancerNodePorts: true })
    if (spec['sessionAffinity'] === 'ClientIP') {
      setDefaults(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } })
    }
  },
}

export const SERVICE: Kind = serviceKind(ANY_ADDRESS)

const isReachedFromOutside = (spec: Fields): boolean =>
  spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer'

/** `None` is a choice too. */
function takeAddress(object: KubeObject, addresses: ServiceAddresses): void {
  const spec = specOf(object)
  if (spec['type'] !== 'ExternalName' && !textOf(spec['clusterIP'])) {
    spec['clusterIP'] = addresses.takeAddress(object.metadata.uid ?? '')
  }
  if (textOf(spec['clusterIP'])) spec['clusterIPs'] = [spec['clusterIP']]
}

function takeNodePorts(object: KubeObject, addresses: ServiceAddresses): void {
  const spec = specOf(object)
  const wanted = isReachedFromOutside(spec) && spec['allocateLoadBalancerNodePorts'] !== false
  const ports = listOf(spec['ports'])
  const used = ports.map(({ nodePort }) => nodePort).filter((port) => typeof port === 'number')
  for (const port of ports) {
    if (wanted && port['nodePort'] === undefined) {
      const given = addresses.takeNodePort(object.metadata.uid ?? '', used)
      port['nodePort'] = given
      used.push(given)
    } else if (!isReachedFromOutside(spec)) delete port['nodePort']
  }
}

function keepNodePorts(spec: Fields, before: Fields): void {
  for (const port of listOf(spec['ports'])) {
    const same = listOf(before['ports']).find(
      (one) => one['port'] === port['port'] && one['protocol'] === port['protocol'],
    )
    if (same?.['nodePort'] !== undefined) setDefaults(port, { nodePort: same['nodePort'] })
  }
}

function serviceFaults(spec: Fields): FieldFault[] {
  const type = spec['type']
  const ports = listOf(spec['ports'])
  const isHeadless = spec['clusterIP'] === 'None'
  const needsPorts = type !== 'ExternalName' && !isHeadless && ports.length === 0
  const noName = type === 'ExternalName' && !textOf(spec['externalName'])
  return [
    ...oneOf(spec, 'type', 'spec', TYPES),
    ...(needsPorts ? [required('spec.ports')] : []),
    ...(noName
      ? [invalid('spec.externalName', spec['externalName'] ?? '', 'must not be empty')]
      : []),
    ...ports.flatMap((port, index) => portFaults(port, `spec.ports[${index}]`, ports.length > 1)),
    ...oneOf(spec, 'sessionAffinity', 'spec', ['ClientIP', 'None']),
  ]
}

function portFaults(port: Fields, path: string, named: boolean): FieldFault[] {
  const inRange = (number: unknown): boolean =>
    typeof number === 'number' && number > 0 && number < 65_536
  const { port: number, targetPort: target } = port
  const why = 'must be between 1 and 65535, inclusive'
  return [
    ...(named && !textOf(port['name']) ? [required(`${path}.name`)] : []),
    ...(inRange(number) ? [] : [invalid(`${path}.port`, number ?? 0, why)]),
    ...oneOf(port, 'protocol', path, ['SCTP', 'TCP', 'UDP']),
    ...(typeof target !== 'number' || inRange(target)
      ? []
      : [invalid(`${path}.targetPort`, target, why)]),
  ]
}

function addressFaults(spec: Fields, before: Fields): FieldFault[] {
  if (spec['type'] === 'ExternalName' || before['type'] === 'ExternalName') return []
  const [now = '', old = ''] = [fieldsOf(spec)['clusterIP'], before['clusterIP']]
  return immutable(now, old, 'spec.clusterIPs[0]').map((fault) => ({
    ...fault,
    message: `Invalid value: ${JSON.stringify([now])}: may not change once set`,
  }))
}

/** An address or a node port that is new and may not be had. In the words of the registry's allocators (1.36). */
function allocationFaults(
  object: KubeObject,
  old: KubeObject | undefined,
  addresses: ServiceAddresses,
): FieldFault[] {
  const { uid = '' } = (old ?? object).metadata
  const spec = specOf(object)
  const before = old ? specOf(old) : {}
  const address = textOf(spec['clusterIP']) ?? ''
  const isNew = spec['type'] !== 'ExternalName' && address !== textOf(before['clusterIP'])
  const fault =
    isNew && address !== '' && address !== 'None' ? addresses.addressFault(uid, address) : undefined
  const message = `Invalid value: ${JSON.stringify([address])}: failed to allocate IP ${address}: ${fault ?? ''}`
  const had = listOf(before['ports']).map(({ nodePort }) => nodePort)
  return [
    ...(fault ? [{ reason: 'FieldValueInvalid', field: 'spec.clusterIPs', message } as const] : []),
    ...listOf(spec['ports']).flatMap(({ nodePort }, index) => {
      if (typeof nodePort !== 'number' || had.includes(nodePort)) return []
      const why = addresses.nodePortFault(uid, nodePort)
      return why ? [invalid(`spec.ports[${index}].nodePort`, nodePort, why)] : []
    }),
  ]
}
