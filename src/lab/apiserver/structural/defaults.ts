import { fieldsOf, isFields, type Fields } from '../fields.ts'
import {
  fieldSchema,
  isNullable,
  propertiesOf,
  type StructuralSchema,
} from './structural-schema.ts'

/**
 * Fills in the `default`s of a structural schema, as deep as the object goes; a null where none may be counts as
 * absent (pkg/apiserver/schema/defaulting). Changes the object.
 */
export function setSchemaDefaults(schema: StructuralSchema, value: unknown): void {
  if (Array.isArray(value)) {
    for (const part of value as unknown[]) setSchemaDefaults(fieldsOf(schema['items']), part)
    return
  }
  if (!isFields(value)) return
  dropNulls(schema, value)
  for (const [name, child] of Object.entries(propertiesOf(schema))) {
    const fallback = fieldsOf(child)['default']
    if (fallback !== undefined && value[name] === undefined) value[name] = structuredClone(fallback)
  }
  for (const [name, part] of Object.entries(value)) {
    const child = fieldSchema(schema, name)
    if (child !== undefined) setSchemaDefaults(child, part)
  }
}

function dropNulls(schema: StructuralSchema, value: Fields): void {
  for (const [name, part] of Object.entries(value)) {
    const child = fieldSchema(schema, name)
    if (part === null && child !== undefined && !isNullable(child)) {
      Reflect.deleteProperty(value, name)
    }
  }
}
