import { SERVICES, type KubeObject } from '../../../kube/index.ts'
import { fieldsOf, listOf, setDefaults, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { immutable, invalid, oneOf, required } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { specOf } from './template.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

export const SERVICE: Kind = kind(SERVICES, {
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
  prepareCreate(object) {
    const spec = specOf(object)
    if (spec['type'] !== 'ExternalName' && !textOf(spec['clusterIP'])) {
      spec['clusterIP'] = clusterIpOf(object.metadata.uid ?? '')
    }
    if (textOf(spec['clusterIP'])) spec['clusterIPs'] = [spec['clusterIP']]
    allocateNodePorts(object)
    object['status'] = { loadBalancer: {} }
  },
  prepareUpdate(object, old) {
    const spec = specOf(object)
    if (spec['type'] === 'ExternalName') return
    const { clusterIP, clusterIPs } = specOf(old)
    setDefaults(spec, { clusterIP, clusterIPs })
    if (!textOf(spec['clusterIP'])) {
      spec['clusterIP'] = clusterIpOf(old.metadata.uid ?? '')
      spec['clusterIPs'] = [spec['clusterIP']]
    }
    keepNodePorts(spec, specOf(old))
    allocateNodePorts(object)
  },
  validate: (object, old) => [
    ...serviceFaults(specOf(object)),
    ...(old ? addressFaults(specOf(object), specOf(old)) : []),
  ],
})

const isReachedFromOutside = (spec: Fields): boolean =>
  spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer'

/** An address nobody listens on: the lab has no service network, but clients expect to see one. */
function clusterIpOf(uid: string): string {
  const number = parseInt(uid.slice(0, 4), 16) || 1
  return `10.96.${number >> 8}.${number & 255}`
}

const FIRST_NODE_PORT = 30_000
const NODE_PORTS = 2768

/** A port of the usual range, by the service's uid. */
function allocateNodePorts(object: KubeObject): void {
  const spec = specOf(object)
  const wanted = isReachedFromOutside(spec) && spec['allocateLoadBalancerNodePorts'] !== false
  const start = parseInt((object.metadata.uid ?? '0').slice(4, 8), 16) || 0
  listOf(spec['ports']).forEach((port, index) => {
    if (wanted) setDefaults(port, { nodePort: FIRST_NODE_PORT + ((start + index) % NODE_PORTS) })
    else if (!isReachedFromOutside(spec)) delete port['nodePort']
  })
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
  const number = port['port']
  const inRange = typeof number === 'number' && number > 0 && number < 65_536
  return [
    ...(named && !textOf(port['name']) ? [required(`${path}.name`)] : []),
    ...(inRange
      ? []
      : [invalid(`${path}.port`, number ?? 0, 'must be between 1 and 65535, inclusive')]),
    ...oneOf(port, 'protocol', path, ['SCTP', 'TCP', 'UDP']),
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
