import { fieldsOf, isFields, type Fields } from '../fields.ts'

/** A part of a structural schema (apiextensions.k8s.io/v1), as the definition has it. */
export type StructuralSchema = Fields

export const propertiesOf = (schema: StructuralSchema): Fields => fieldsOf(schema['properties'])

/** The schema of one field; undefined when the schema does not name it. */
export function fieldSchema(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const properties = propertiesOf(schema)
  if (Object.hasOwn(properties, name)) return fieldsOf(properties[name])
  const others = schema['additionalProperties']
  return isFields(others) ? others : undefined
}

/** Whether fields that no schema names are kept. */
export const keepsUnknown = (schema: StructuralSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true || schema['additionalProperties'] === true

export const isNullable = (schema: StructuralSchema): boolean => schema['nullable'] === true
