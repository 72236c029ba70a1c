import { fieldsOf, isFields, type Fields } from '../fields.ts'
import { fieldSchema, keepsUnknown, type StructuralSchema } from './structural-schema.ts'

/** Fields of every object, and of one that is embedded in another (`x-kubernetes-embedded-resource`). */
const OBJECT_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

/**
 * Takes from an object what its schema does not know (pkg/apiserver/schema/pruning). Returns the paths of what went, as
 * `spec.list[0].extra`. The object's own metadata stays. Changes the object.
 */
export function pruneUnknown(object: Fields, schema: StructuralSchema): string[] {
  const gone: string[] = []
  pruneFields(object, schema, '', true, gone)
  return gone
}

function prune(value: unknown, schema: StructuralSchema, path: string, gone: string[]): void {
  if (Array.isArray(value)) {
    const items = fieldsOf(schema['items'])
    const all = value as unknown[]
    all.forEach((item, index) => prune(item, items, `${path}[${index}]`, gone))
  } else if (isFields(value)) {
    pruneFields(value, schema, path, schema['x-kubernetes-embedded-resource'] === true, gone)
  }
}

function pruneFields(
  value: Fields,
  schema: StructuralSchema,
  path: string,
  isObject: boolean,
  gone: string[],
): void {
  const keeps = keepsUnknown(schema)
  for (const [name, part] of Object.entries(value)) {
    if (isObject && OBJECT_FIELDS.has(name)) continue
    const where = path === '' ? name : `${path}.${name}`
    const known = fieldSchema(schema, name)
    if (known !== undefined) prune(part, known, where, gone)
    else if (!keeps) {
      gone.push(where)
      Reflect.deleteProperty(value, name)
    }
  }
}
