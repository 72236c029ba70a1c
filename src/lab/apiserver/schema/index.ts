/** What Kubernetes' types look like: their fields, and how lists and maps merge. */
export {
  fieldsOfType,
  goNameOf,
  typeOfKind,
  valuesOfField,
  type Field,
  type FieldType,
  type Scalar,
  type TypeFields,
} from './schema.ts'
export { checkFields, type FieldCheck, type UnknownField } from './check-fields.ts'
export { pruneFields } from './prune-fields.ts'
export { KEY_DEFAULTS, type ListRule } from './lists-table.ts'
