import { isFields, type Fields } from '../fields.ts'
import { fieldsOfType, type FieldType } from './schema.ts'

/** Times that Go leaves out when they are not set; the others it writes as null. */
const OPTIONAL_TIMES: ReadonlySet<string> = new Set(['creationTimestamp', 'deletionTimestamp'])

/**
 * Takes from an object what decoding it into its type would lose: unknown fields and nulls. Times that are null stay,
 * as Go writes them. Changes the object.
 */
export function pruneFields(object: Fields, type: string): void {
  prune(object, { kind: 'struct', type, atomic: false })
}

function prune(value: unknown, type: FieldType): void {
  if (type.kind === 'list') {
    if (Array.isArray(value)) for (const item of value as unknown[]) prune(item, type.of)
    return
  }
  if (!isFields(value)) return
  if (type.kind === 'map') {
    for (const part of Object.values(value)) prune(part, type.of)
    return
  }
  const fields = type.kind === 'struct' ? fieldsOfType(type.type) : undefined
  if (fields === undefined) return
  for (const [name, part] of Object.entries(value)) {
    const field = fields.get(name)
    if (field === undefined || (part === null && !staysNull(name, field.type))) {
      Reflect.deleteProperty(value, name)
    } else prune(part, field.type)
  }
}

const staysNull = (name: string, type: FieldType): boolean =>
  type.kind === 'scalar' &&
  (type.scalar === 'time' || type.scalar === 'microtime') &&
  !OPTIONAL_TIMES.has(name)
