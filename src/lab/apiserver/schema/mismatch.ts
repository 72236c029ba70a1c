import { isFields } from '../fields.ts'
import { goNameOf, type FieldType, type Scalar } from './schema.ts'

/** One wrong type, in the words of the three decoders that a kube-apiserver has. */
export interface Mismatch {
  /** JSON bodies and JSON and merge patches. */
  readonly decoded: string
  /** Strategic merge patches. */
  readonly converted: string
  /** Server-side apply, without the path. */
  readonly typed: string
}

/** Describes a value that is not of its field's type. `field` is `PodSpec.spec.hostname`, '' for the whole value. */
export function describeMismatch(value: unknown, type: FieldType, field: string): Mismatch {
  const into = field === '' ? 'value' : `struct field ${field}`
  return {
    decoded: `json: cannot unmarshal ${jsonType(value)} into Go ${into} of type ${goType(type)}`,
    converted: conversionFault(value, type),
    typed: `expected ${wanted(type)}, got ${typedGot(value, type)}`,
  }
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number' && !Number.isInteger(value)) return `number ${value}`
  return typeof value === 'boolean' ? 'bool' : typeof value
}

const GO_SCALARS: Readonly<Record<Scalar, string>> = {
  string: 'string',
  bytes: '[]uint8',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  time: 'string',
  microtime: 'string',
  quantity: 'string',
  intstr: 'int32',
}

function goType(type: FieldType): string {
  switch (type.kind) {
    case 'struct':
      return `v1.${goNameOf(type.type)}`
    case 'list':
      return `[]${goType(type.of)}`
    case 'map':
      return `map[string]${goType(type.of)}`
    case 'any':
    case 'deduced':
    case 'custom':
      return 'interface {}'
    case 'scalar':
      return GO_SCALARS[type.scalar]
  }
}

/** apimachinery/pkg/runtime/converter.go: Go converts whole numbers to text, but this is refused. */
function conversionFault(value: unknown, type: FieldType): string {
  const from = isFields(value) ? 'map' : Array.isArray(value) ? 'slice' : jsonKind(value)
  if (type.kind === 'struct') return `cannot restore struct from: ${from}`
  if (type.kind === 'list') return `cannot restore slice from ${from}`
  if (type.kind === 'map') return `cannot restore map from ${from}`
  const to = goType(type)
  const converts = from === 'int64' && to === 'string'
  return converts ? `cannot convert ${from} to ${to}` : `unrecognized type: ${to}`
}

const jsonKind = (value: unknown): string =>
  typeof value === 'number'
    ? Number.isInteger(value)
      ? 'int64'
      : 'float64'
    : typeof value === 'boolean'
      ? 'bool'
      : 'string'

function wanted(type: FieldType): string {
  if (type.kind === 'list') return 'list'
  if (type.kind !== 'scalar') return 'map'
  if (type.scalar === 'bool') return 'boolean'
  return /^(int32|int64|double)$/.test(type.scalar) ? 'numeric (int or float)' : 'string'
}

function typedGot(value: unknown, type: FieldType): string {
  const text = type.kind === 'scalar' && wanted(type) === 'string'
  if (text || type.kind !== 'scalar') {
    return `&value.valueUnstructured{Value:${typeof value === 'object' ? 'map' : JSON.stringify(value)}}`
  }
  return jsonKind(value)
}
