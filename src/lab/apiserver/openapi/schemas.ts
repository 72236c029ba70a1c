import type { Kind } from '../kinds/index.ts'
import {
  fieldsOfType,
  typeOfKind,
  valuesOfField,
  type Field,
  type FieldType,
  type Scalar,
} from '../schema/index.ts'
import { descriptionsOf } from './descriptions.ts'
import { kindSchemaName, reachableFrom, schemaName } from './type-names.ts'

type Schema = Record<string, unknown>

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'
const TIME = 'io.k8s.apimachinery.pkg.apis.meta.v1.Time'
const MICRO_TIME = 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime'

const PLAIN: Readonly<Record<Scalar, Schema>> = {
  string: { type: 'string' },
  bytes: { type: 'string', format: 'byte' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  time: { $ref: TIME },
  microtime: { $ref: MICRO_TIME },
  quantity: { $ref: QUANTITY },
  intstr: { $ref: INT_OR_STRING },
}

/** Types that are text or numbers with a meaning. */
const SPECIAL: Readonly<Record<string, Schema>> = {
  [QUANTITY]: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  [INT_OR_STRING]: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  [TIME]: { type: 'string', format: 'date-time' },
  [MICRO_TIME]: { type: 'string', format: 'date-time' },
}

/** How a document writes a reference: v2 and v3 differ. */
export interface Dialect {
  /** `#/components/schemas/` */
  readonly prefix: string
  /** v3 wraps a reference, so that other keys may stand beside it, and knows `oneOf`. */
  readonly isV3: boolean
}

/** The schemas of some kinds and of all that they are made of, by name. */
export function schemasOf(kinds: readonly Kind[], dialect: Dialect): Record<string, Schema> {
  const schemas = new Map<string, Schema>()
  const types = new Set<string>(['ObjectMeta'])
  for (const kind of kinds) {
    const type = kind.custom ? undefined : typeOfKind(kind.resource)
    if (type === undefined) schemas.set(kindSchemaName(kind), looseSchema(kind, dialect))
    else for (const one of reachableFrom(type)) types.add(one)
  }
  for (const meta of reachableFrom('ObjectMeta')) types.add(meta)
  for (const type of types) schemas.set(schemaName(type), typeSchema(type, dialect))
  for (const [name, schema] of Object.entries(SPECIAL)) {
    schemas.set(name, dialect.isV3 ? schema : v2Special(schema))
  }
  for (const kind of kinds) {
    const schema = schemas.get(kindSchemaName(kind))
    const { group, version, kind: name } = kind.resource
    if (schema) schema['x-kubernetes-group-version-kind'] = [{ group, kind: name, version }]
  }
  return Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const v2Special = (schema: Schema): Schema => ({
  type: 'string',
  ...(schema['format'] ? { format: schema['format'] } : {}),
})

function typeSchema(type: string, dialect: Dialect): Schema {
  const fields = [...(fieldsOfType(type) ?? [])]
  const described = descriptionsOf(schemaName(type))
  const required = fields.filter(([, field]) => field.required).map(([name]) => name)
  const properties = fields.map(([name, field]): [string, Schema] => {
    const values = dialect.isV3 ? valuesOfField(type, name) : undefined
    const schema = { ...fieldSchema(field, dialect), ...(values ? { enum: values } : {}) }
    return [name, { ...descriptionOf(described.fields.get(name)), ...schema }]
  })
  return {
    ...descriptionOf(described.type),
    type: 'object',
    ...(required.length > 0 ? { required } : {}),
    ...(fields.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
  }
}

const descriptionOf = (description: string | undefined): Schema =>
  description === undefined ? {} : { description }

/** A kind of which only a CustomResourceDefinition, or nobody, knows the fields. */
function looseSchema({ custom }: Kind, dialect: Dialect): Schema {
  const given = custom?.schema ?? {}
  const properties = given['properties'] as Record<string, unknown> | undefined
  const words = descriptionsOf('io.k8s.api.core.v1.Pod').fields
  return {
    type: 'object',
    ...given,
    properties: {
      ...properties,
      apiVersion: { ...descriptionOf(words.get('apiVersion')), type: 'string' },
      kind: { ...descriptionOf(words.get('kind')), type: 'string' },
      metadata: {
        ...descriptionOf(words.get('metadata')),
        ...referTo(schemaName('ObjectMeta'), dialect),
      },
    },
  }
}

function referTo(name: string, { prefix, isV3 }: Dialect): Schema {
  const $ref = `${prefix}${name}`
  return isV3 ? { allOf: [{ $ref }], default: {} } : { $ref }
}

function fieldSchema(field: Field, dialect: Dialect): Schema {
  return { ...valueSchema(field.type, dialect, false), ...mergeRules(field) }
}

function valueSchema(type: FieldType, dialect: Dialect, inside: boolean): Schema {
  switch (type.kind) {
    case 'struct':
      return referTo(schemaName(type.type), dialect)
    case 'list':
      return { type: 'array', items: valueSchema(type.of, dialect, true) }
    case 'map':
      return { type: 'object', additionalProperties: valueSchema(type.of, dialect, true) }
    case 'scalar': {
      const { $ref, ...plain } = PLAIN[type.scalar]
      if (typeof $ref === 'string') return { ...refOnly($ref, dialect) }
      return inside && dialect.isV3 && plain['type'] === 'string'
        ? { ...plain, default: '' }
        : plain
    }
    case 'any':
    case 'deduced':
    case 'custom':
      return { type: 'object' }
  }
}

const refOnly = (name: string, { prefix, isV3 }: Dialect): Schema => {
  const $ref = `${prefix}${name}`
  return isV3 ? { allOf: [{ $ref }] } : { $ref }
}

/** What clients need to know to make a patch. */
function mergeRules({ type, rule }: Field): Schema {
  const strategies = [
    ...(rule.mergeKey !== undefined || rule.merge ? ['merge'] : []),
    ...(rule.retainKeys ? ['retainKeys'] : []),
  ]
  const listType = rule.keys ? 'map' : rule.set ? 'set' : 'atomic'
  return {
    ...(type.kind === 'list' ? { 'x-kubernetes-list-type': listType } : {}),
    ...(rule.keys ? { 'x-kubernetes-list-map-keys': rule.keys } : {}),
    ...(rule.mergeKey ? { 'x-kubernetes-patch-merge-key': rule.mergeKey } : {}),
    ...(strategies.length > 0 ? { 'x-kubernetes-patch-strategy': strategies.join(',') } : {}),
    ...((type.kind === 'struct' || type.kind === 'map') && type.atomic
      ? { 'x-kubernetes-map-type': 'atomic' }
      : {}),
  }
}
