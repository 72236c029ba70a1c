import { fieldsOfType, type FieldType, type ListRule } from './schema/index.ts'

/** How a strategic merge patch treats a field. */
export type MergeRule = Pick<ListRule, 'mergeKey' | 'merge' | 'retainKeys'>

/** The type and the rule of one field; a field that is not known is replaced as it is, or merged when it is an object. */
export function mergeOf(type: FieldType, name: string): { field: FieldType; rule: MergeRule } {
  if (type.kind === 'map') return { field: type.of, rule: {} }
  const field = type.kind === 'struct' ? fieldsOfType(type.type)?.get(name) : undefined
  return field === undefined
    ? { field: { kind: 'any' }, rule: {} }
    : { field: field.type, rule: field.rule }
}
