import {
  CONFIGMAPS,
  EVENTS,
  NAMESPACES,
  NODES,
  SECRETS,
  SERVICEACCOUNTS,
  type KubeObject,
} from '../../../kube/index.ts'
import { fieldsOf, sameJson, setDefaults } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { forbidden, required } from './faults.ts'
import { kind, type Kind } from './kind.ts'

const NAME_LABEL = 'kubernetes.io/metadata.name'

export const NAMESPACE: Kind = kind(NAMESPACES, {
  nameRule: 'label',
  subresources: ['status', 'finalize'],
  hasStatus: true,
  returnsDeleted: true,
  setDefaults(object) {
    const name = object.metadata.name ?? ''
    if (name !== '') object.metadata.labels = { ...object.metadata.labels, [NAME_LABEL]: name }
  },
  prepareCreate(object) {
    object['spec'] = { finalizers: ['kubernetes'] }
    object['status'] = { phase: 'Active' }
  },
  prepareUpdate(object, old) {
    object['spec'] = old['spec'] // only /finalize may change the finalizers
  },
})

export const NODE: Kind = kind(NODES, {
  subresources: ['status'],
  hasStatus: true,
  prepareCreate(object) {
    setDefaults(object, { spec: {}, status: {} })
    setDefaults(fieldsOf(object['status']), {
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    })
  },
})

export const CONFIGMAP: Kind = kind(CONFIGMAPS, {
  validate: (object, old) => [
    ...keyFaults(object['data']),
    ...fixedFaults(object, old, ['data', 'binaryData']),
  ],
})

/** Once `immutable` is set, neither it nor the data may change (pkg/apis/core/validation). */
function fixedFaults(
  object: KubeObject,
  old: KubeObject | undefined,
  fields: string[],
): FieldFault[] {
  if (old?.['immutable'] !== true) return []
  const why = 'field is immutable when `immutable` is set'
  const changed = fields.filter((field) => !sameJson(object[field] ?? {}, old[field] ?? {}))
  const isFreed = object['immutable'] !== true
  return [...(isFreed ? ['immutable'] : []), ...changed].map((field) => forbidden(field, why))
}

/** Keys that a secret of a type must have. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

function secretKeyFaults(object: KubeObject): FieldFault[] {
  const data = fieldsOf(object['data'])
  return (SECRET_KEYS[String(object['type'])] ?? [])
    .filter((key) => data[key] === undefined)
    .map((key) => required(`data[${key}]`))
}

export const SERVICEACCOUNT: Kind = kind(SERVICEACCOUNTS, {
  subresources: ['token'],
  returnsDeleted: true,
})

export const EVENT: Kind = kind(EVENTS, {})

export const SECRET: Kind = kind(SECRETS, {
  setDefaults(object) {
    setDefaults(object, { type: 'Opaque' })
    const given = Object.entries(fieldsOf(object['stringData']))
    if (given.length > 0) {
      const encoded = given.map(([key, value]) => [
        key,
        Buffer.from(String(value)).toString('base64'),
      ])
      object['data'] = { ...fieldsOf(object['data']), ...Object.fromEntries(encoded) }
    }
    delete object['stringData']
  },
  validate(object, old) {
    const faults = [
      ...keyFaults(object['data']),
      ...secretKeyFaults(object),
      ...fixedFaults(object, old, ['data']),
    ]
    if (old !== undefined && old['type'] !== object['type']) {
      const message = `Invalid value: ${JSON.stringify(object['type'])}: field is immutable`
      faults.push({ reason: 'FieldValueInvalid', message, field: 'type' })
    }
    const account = 'kubernetes.io/service-account.name'
    const isToken = object['type'] === 'kubernetes.io/service-account-token'
    if (isToken && !object.metadata.annotations?.[account]) {
      const field = `metadata.annotations[${account}]`
      faults.push({ reason: 'FieldValueRequired', message: 'Required value', field })
    }
    return faults
  },
})

function keyFaults(data: unknown): FieldFault[] {
  return Object.keys(fieldsOf(data))
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
    .map((key) => ({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(key)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      field: `data[${key}]`,
    }))
}
