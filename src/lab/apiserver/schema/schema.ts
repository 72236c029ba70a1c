import type { Resource } from '../../../kube/index.ts'
import { ENUMS_TABLE } from './enums-table.ts'
import { FIELDS_TABLE } from './fields-table.ts'
import {
  ATOMIC_FIELDS,
  ATOMIC_TYPES,
  GRANULAR_FIELDS,
  LIST_RULES,
  type ListRule,
} from './lists-table.ts'

/** Types that hold no others. `quantity` and `intstr` take numbers and text. */
export type Scalar =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'double'
  | 'time'
  | 'microtime'
  | 'quantity'
  | 'intstr'

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  /** Anything at all: `fieldsV1`, the data of a ControllerRevision. */
  | { readonly kind: 'any' }
  /** No schema: what a value is tells how it merges. */
  | { readonly kind: 'deduced' }
  /** A part of a CustomResourceDefinition's schema; `root`: that of a whole object, which has metadata. */
  | {
      readonly kind: 'custom'
      readonly schema: Readonly<Record<string, unknown>>
      readonly root: boolean
    }
  | { readonly kind: 'struct'; readonly type: string; readonly atomic: boolean }
  | { readonly kind: 'map'; readonly of: FieldType; readonly atomic: boolean }
  | { readonly kind: 'list'; readonly of: FieldType }

/** One field of a type, and how it merges. */
export interface Field {
  readonly type: FieldType
  readonly rule: ListRule
  /** As the OpenAPI document says: what else is asked for, validation tells. */
  readonly required?: true
}

/** The fields of one type by their JSON names. */
export type TypeFields = ReadonlyMap<string, Field>

const SCALARS: ReadonlySet<string> = new Set([
  ...['string', 'bytes', 'bool', 'int32', 'int64', 'double', 'time', 'microtime', 'quantity'],
  'intstr',
])
const NO_RULE: ListRule = {}

/** Where the lines of the types begin; made when a schema is first asked for. */
let lines: Map<string, string> | undefined
const parsed = new Map<string, TypeFields>()

function lineOf(type: string): string | undefined {
  lines ??= new Map(
    FIELDS_TABLE.trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line]),
  )
  return lines.get(type)
}

/** The fields of a type such as `PodSpec`; undefined when there is no such type. Parsed once, when asked for. */
export function fieldsOfType(type: string): TypeFields | undefined {
  const known = parsed.get(type)
  if (known !== undefined) return known
  const line = lineOf(type)
  if (line === undefined) return undefined
  const fields = new Map(
    line
      .split(' ')
      .slice(1)
      .map((part) => {
        const [marked = '', written = 'string'] = part.split(':')
        const name = marked.replace('!', '')
        const field = readField(`${type}.${name}`, written)
        return [name, name === marked ? field : { ...field, required: true as const }]
      }),
  )
  parsed.set(type, fields)
  return fields
}

function readField(path: string, written: string): Field {
  const type = readType(written)
  const rule = LIST_RULES[path] ?? NO_RULE
  if (type.kind !== 'struct' && type.kind !== 'map') return { type, rule }
  const atomic = (type.atomic || ATOMIC_FIELDS.has(path)) && !GRANULAR_FIELDS.has(path)
  return { type: { ...type, atomic }, rule }
}

function readType(written: string): FieldType {
  if (written.startsWith('[]')) return { kind: 'list', of: readType(written.slice(2)) }
  if (written.startsWith('{}')) {
    return { kind: 'map', of: readType(written.slice(2)), atomic: false }
  }
  if (written === 'any') return { kind: 'any' }
  if (SCALARS.has(written)) return { kind: 'scalar', scalar: written as Scalar }
  return { kind: 'struct', type: written, atomic: ATOMIC_TYPES.has(written) }
}

let enums: Map<string, readonly string[]> | undefined

/** The values that a text may have; undefined when it may have any, or when nobody has written them down. */
export function valuesOfField(type: string, field: string): readonly string[] | undefined {
  enums ??= new Map(
    ENUMS_TABLE.trim()
      .split('\n')
      .map((line) => {
        const [name = '', ...values] = line.split(' ')
        return [name, values]
      }),
  )
  return enums.get(`${type}.${field}`)
}

const ROOT_TYPES: Readonly<Record<string, string>> = {
  '/Event': 'CoreV1Event',
  'events.k8s.io/Event': 'EventsV1Event',
  'autoscaling/HorizontalPodAutoscaler': 'V2HorizontalPodAutoscaler',
  'autoscaling/v1/HorizontalPodAutoscaler': 'HorizontalPodAutoscaler',
}

/** The type of a kind's objects: a name for `fieldsOfType`; undefined for a kind without a schema. */
export function typeOfKind({
  group,
  version = '',
  kind,
}: Pick<Resource, 'group' | 'kind'> & Partial<Resource>): string | undefined {
  const type = ROOT_TYPES[`${group}/${version}/${kind}`] ?? ROOT_TYPES[`${group}/${kind}`] ?? kind
  return lineOf(type) === undefined ? undefined : type
}

/** The type's name in Go, as errors give it: `PodSpec`, `Event`. */
export const goNameOf = (type: string): string => type.replace(/^([A-Z][a-z]+)?V\d+(?=[A-Z])/, '')
