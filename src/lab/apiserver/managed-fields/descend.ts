import { isFields, type Fields } from '../fields.ts'
import { fieldsOfType, type FieldType, type ListRule } from '../schema/index.ts'
import { customField, customItem, customRule, customShape } from './custom-types.ts'

/** A type with the rule of the field that has it. */
export interface Typed {
  readonly type: FieldType
  readonly rule: ListRule
}

const UNKNOWN: Typed = { type: { kind: 'any' }, rule: {} }
const DEDUCED: Typed = { type: { kind: 'deduced' }, rule: {} }
const METADATA: FieldType = { kind: 'struct', type: 'ObjectMeta', atomic: false }

/** The type of a kind's whole object; without a schema it is told from the values: objects merge, lists are one. */
export const rootOf = (type: string | undefined): Typed =>
  type === undefined ? DEDUCED : { type: { kind: 'struct', type, atomic: false }, rule: {} }

/** The type of a custom kind's whole object. */
export const customRootOf = (schema: Fields): Typed => ({
  type: { kind: 'custom', schema, root: true },
  rule: {},
})

/** The type of a part of a custom object; without a schema it is told from the values. */
const customTyped = (schema: Fields | undefined): Typed =>
  schema === undefined
    ? DEDUCED
    : { type: { kind: 'custom', schema, root: false }, rule: customRule(schema) }

/** How a value is walked: field by field, item by item, or not at all. */
export type Shape = 'fields' | 'items' | 'leaf'

export function shapeOf({ type, rule }: Typed, ...values: readonly unknown[]): Shape {
  switch (type.kind) {
    case 'deduced':
      return values.some(isFields) ? 'fields' : 'leaf'
    case 'custom':
      return customShape(type.schema, type.root, rule) ?? shapeOf(DEDUCED, ...values)
    case 'struct':
    case 'map':
      return type.atomic ? 'leaf' : 'fields'
    case 'list':
      return rule.keys !== undefined || rule.set === true ? 'items' : 'leaf'
    case 'scalar':
    case 'any':
      return 'leaf'
  }
}

/** The type of one field or entry, and whether the type itself names it. */
export function fieldOf({ type }: Typed, name: string): Typed & { readonly declared: boolean } {
  if (type.kind === 'deduced') {
    return { ...(name === 'metadata' ? { type: METADATA, rule: {} } : DEDUCED), declared: false }
  }
  if (type.kind === 'custom') {
    const { schema, declared } = customField(type.schema, name)
    const isMetadata = name === 'metadata' && (type.root || isEmbedded(type.schema))
    if (isMetadata) return { type: METADATA, rule: {}, declared: true }
    return { ...customTyped(schema), declared: declared || (type.root && isTypeName(name)) }
  }
  if (type.kind === 'map') return { type: type.of, rule: {}, declared: false }
  if (type.kind !== 'struct') return { ...UNKNOWN, declared: false }
  const field = fieldsOfType(type.type)?.get(name)
  return field === undefined ? { ...UNKNOWN, declared: false } : { ...field, declared: true }
}

/** The type of a list's items. */
export function itemOf({ type }: Typed): Typed {
  if (type.kind === 'custom') return customTyped(customItem(type.schema))
  return type.kind === 'list' ? { type: type.of, rule: {} } : UNKNOWN
}

const isTypeName = (name: string): boolean => name === 'apiVersion' || name === 'kind'

const isEmbedded = (schema: Fields): boolean => schema['x-kubernetes-embedded-resource'] === true

export const isAbsent = (value: unknown): boolean => value === undefined || value === null

/** Nothing, or something with nothing in it. */
export const isHollow = (value: unknown): boolean =>
  isAbsent(value) ||
  (Array.isArray(value) && value.length === 0) ||
  (isFields(value) && Object.keys(value).length === 0)
