import {
  ENDPOINTS,
  ENDPOINTSLICES,
  INGRESSCLASSES,
  INGRESSES,
  NETWORKPOLICIES,
  type KubeObject,
} from '../../../kube/index.ts'
import { fieldsOf, listOf, setDefaults, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { immutable, invalid, oneOf, required } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { specOf } from './template.ts'

const tcp = (ports: unknown): void => {
  for (const port of listOf(ports)) setDefaults(port, { protocol: 'TCP' })
}

export const ENDPOINTS_KIND: Kind = kind(ENDPOINTS, {
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  setDefaults(object) {
    for (const subset of listOf(object['subsets'])) tcp(subset['ports'])
  },
})

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']

export const ENDPOINTSLICE: Kind = kind(ENDPOINTSLICES, {
  hasGeneration: true,
  setDefaults(object) {
    setDefaults(object, { endpoints: null, ports: null })
    for (const port of listOf(object['ports'])) setDefaults(port, { name: '', protocol: 'TCP' })
  },
  validate(object, old) {
    const faults = oneOf(object, 'addressType', '', ADDRESS_TYPES)
    return [
      ...faults.map((fault) => ({ ...fault, field: 'addressType' })),
      ...(old ? immutable(object['addressType'], old['addressType'], 'addressType') : []),
    ]
  },
})

const status = { subresources: ['status'], hasStatus: true, hasGeneration: true } as const

export const INGRESS: Kind = kind(INGRESSES, {
  ...status,
  prepareCreate(object) {
    object['status'] = { loadBalancer: {} }
  },
  validate: ingressFaults,
})

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']

function ingressFaults(object: KubeObject): FieldFault[] {
  const spec = specOf(object)
  const rules = listOf(spec['rules'])
  if (rules.length === 0 && spec['defaultBackend'] === undefined) {
    const why = 'either `defaultBackend` or `rules` must be specified'
    return [invalid('spec', spec['rules'] ?? [], why)]
  }
  return rules.flatMap((rule, index) =>
    listOf(fieldsOf(rule['http'])['paths']).flatMap((path, at) =>
      pathFaults(path, `spec.rules[${index}].http.paths[${at}]`),
    ),
  )
}

function pathFaults(path: Fields, at: string): FieldFault[] {
  const type = textOf(path['pathType'])
  if (type === undefined) return [required(`${at}.pathType`, 'pathType must be specified')]
  const needsPath = type !== 'ImplementationSpecific' && !textOf(path['path'])?.startsWith('/')
  return [
    ...oneOf(path, 'pathType', at, PATH_TYPES),
    ...(needsPath ? [invalid(`${at}.path`, path['path'] ?? '', 'must be an absolute path')] : []),
    ...(path['backend'] === undefined ? [required(`${at}.backend`)] : []),
  ]
}

export const INGRESSCLASS: Kind = kind(INGRESSCLASSES, { hasGeneration: true })

export const NETWORKPOLICY: Kind = kind(NETWORKPOLICIES, {
  hasGeneration: true,
  setDefaults(object) {
    setDefaults(object, { spec: {} })
    const spec = specOf(object)
    const egress = listOf(spec['egress']).length > 0 ? ['Egress'] : []
    setDefaults(spec, { podSelector: {}, policyTypes: ['Ingress', ...egress] })
    for (const rule of [...listOf(spec['ingress']), ...listOf(spec['egress'])]) tcp(rule['ports'])
  },
})
