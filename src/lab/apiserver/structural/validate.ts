import { isFields, listOf, fieldsOf, sameJson, type Fields } from '../fields.ts'
import { duplicate, invalid, required, unsupported } from '../kinds/faults.ts'
import type { FieldFault } from '../refusals.ts'
import { hasFormat } from './formats.ts'
import { fieldSchema, isNullable, type StructuralSchema } from './structural-schema.ts'

/**
 * What is wrong with a value, in the words of kube-openapi's validation as a kube-apiserver shows them. What an update
 * leaves as it was is not looked at again (ratcheting, 1.33). Rules in CEL (`x-kubernetes-validations`) are not run.
 */
export function schemaFaults(
  schema: StructuralSchema,
  value: unknown,
  path: string,
  old?: unknown,
): FieldFault[] {
  if (old !== undefined && sameJson(value, old)) return []
  if (value === null && isNullable(schema)) return []
  const faults = [...typeFaults(schema, value, path), ...enumFaults(schema, value, path)]
  if (typeof value === 'string') faults.push(...textFaults(schema, value, path))
  else if (typeof value === 'number') faults.push(...numberFaults(schema, value, path))
  else if (Array.isArray(value)) faults.push(...listFaults(schema, value, path))
  else if (isFields(value)) faults.push(...objectFaults(schema, value, path, old))
  return [...faults, ...logicFaults(schema, value, path)]
}

function typeFaults(schema: StructuralSchema, value: unknown, path: string): FieldFault[] {
  const wanted =
    schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : [schema['type']]
  const [first] = wanted
  const is = typeOf(value)
  if (typeof first !== 'string' || first === '') return []
  if (wanted.includes(is) || (first === 'number' && is === 'integer')) return []
  const type = wanted.join(',')
  return [invalid(path, is, `${path} in body must be of type ${type}: ${JSON.stringify(is)}`)]
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function enumFaults(schema: StructuralSchema, value: unknown, path: string): FieldFault[] {
  const values = schema['enum']
  if (!Array.isArray(values) || values.some((one) => sameJson(one, value))) return []
  const texts = values.map((one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one)))
  return [unsupported(path, value, texts)]
}

const limit = (schema: StructuralSchema, key: string): number | undefined => {
  const value = schema[key]
  return typeof value === 'number' ? value : undefined
}

/** The first thing that is wrong with a text. */
function textFaults(schema: StructuralSchema, text: string, path: string): FieldFault[] {
  const length = Array.from(text).length
  const most = limit(schema, 'maxLength')
  const least = limit(schema, 'minLength')
  const should = (what: string): FieldFault[] => [invalid(path, text, `${path} in body ${what}`)]
  if (most !== undefined && length > most) {
    const message = `Too long: may not be more than ${most} bytes`
    return [{ reason: 'FieldValueTooLong', message, field: path }]
  }
  if (least !== undefined && length < least) return should(`should be at least ${least} chars long`)
  const { pattern, format } = schema
  if (typeof pattern === 'string' && !matchesPattern(text, pattern)) {
    return should(`should match '${pattern}'`)
  }
  if (hasFormat(text, format)) return []
  return should(`must be of type ${String(format)}: ${JSON.stringify(text)}`)
}

/** Whoever may write definitions chose the pattern. What JavaScript cannot read of Go's syntax is not looked at. */
function matchesPattern(text: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

function numberFaults(schema: StructuralSchema, value: number, path: string): FieldFault[] {
  const faults: FieldFault[] = []
  const should = (what: string): void => {
    faults.push(invalid(path, value, `${path} in body should be ${what}`))
  }
  const [step, most, least] = ['multipleOf', 'maximum', 'minimum'].map((key) => limit(schema, key))
  if (step !== undefined && !Number.isInteger(value / step)) should(`a multiple of ${step}`)
  if (most !== undefined) {
    if (schema['exclusiveMaximum'] === true) {
      if (value >= most) should(`less than ${most}`)
    } else if (value > most) should(`less than or equal to ${most}`)
  }
  if (least !== undefined) {
    if (schema['exclusiveMinimum'] === true) {
      if (value <= least) should(`greater than ${least}`)
    } else if (value < least) should(`greater than or equal to ${least}`)
  }
  return faults
}

const tooMany = (field: string, actual: number, most: number, what: string): FieldFault => ({
  reason: 'FieldValueTooMany',
  message: `Too many: ${actual}: must have at most ${most} ${what}`,
  field,
})

function sizeFaults(
  [least, most]: readonly (number | undefined)[],
  size: number,
  path: string,
  what: 'items' | 'properties',
): FieldFault[] {
  const few = `${path} in body should have at least ${String(least)} ${what}`
  return [
    ...(least !== undefined && size < least ? [invalid(path, size, few)] : []),
    ...(most !== undefined && size > most ? [tooMany(path, size, most, 'items')] : []),
  ]
}

function listFaults(schema: StructuralSchema, list: unknown[], path: string): FieldFault[] {
  const items = fieldsOf(schema['items'])
  const sizes = ['minItems', 'maxItems'].map((key) => limit(schema, key))
  return [
    ...sizeFaults(sizes, list.length, path, 'items'),
    ...list.flatMap((item, index) => schemaFaults(items, item, `${path}[${index}]`)),
    ...repeated(schema, list, path),
  ]
}

/** Sets and lists of objects with keys hold nothing twice. */
function repeated(schema: StructuralSchema, list: unknown[], path: string): FieldFault[] {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'set' && type !== 'map') return []
  const names = Array.isArray(schema['x-kubernetes-list-map-keys'])
    ? (schema['x-kubernetes-list-map-keys'] as string[])
    : []
  const keyOf = (item: unknown): unknown => {
    if (type === 'set') return item
    const there = names.filter((name) => fieldsOf(item)[name] !== undefined)
    return Object.fromEntries(there.map((name) => [name, fieldsOf(item)[name]]))
  }
  const seen = new Set<string>()
  return list.flatMap((item, index) => {
    const key = JSON.stringify(keyOf(item))
    if (seen.has(key)) return [duplicate(`${path}[${index}]`, keyOf(item))]
    seen.add(key)
    return []
  })
}

function objectFaults(
  schema: StructuralSchema,
  value: Fields,
  path: string,
  old: unknown,
): FieldFault[] {
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const before = fieldsOf(old)
  const sizes = ['minProperties', 'maxProperties'].map((key) => limit(schema, key))
  return [
    ...sizeFaults(sizes, Object.keys(value).length, path, 'properties'),
    ...missing(schema, value).map((name) => required(below(name))),
    ...Object.entries(value).flatMap(([name, part]) => {
      const child = fieldSchema(schema, name)
      const isOwn = path === '' && name === 'metadata'
      return child === undefined || isOwn
        ? []
        : schemaFaults(child, part, below(name), before[name])
    }),
  ]
}

function missing(schema: StructuralSchema, value: Fields): string[] {
  const names = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : []
  return names.filter((name) => typeof name === 'string').filter((name) => !(name in value))
}

/** `allOf`, `anyOf`, `oneOf` and `not`: a kube-apiserver gives these faults no place. */
function logicFaults(schema: StructuralSchema, value: unknown, path: string): FieldFault[] {
  const results = (key: string): FieldFault[][] =>
    listOf(schema[key]).map((one) => schemaFaults(one, value, path))
  const must = (what: string): FieldFault => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: "": ${JSON.stringify(path)} must ${what}`,
    field: '<nil>',
  })
  const [all, any, one] = [results('allOf'), results('anyOf'), results('oneOf')]
  const fine = (of: FieldFault[][]): number => of.filter((faults) => faults.length === 0).length
  const found = fine(one)
  return [
    ...allFaults(all, fine(all), must),
    ...(any.length > 0 && fine(any) === 0
      ? [must('validate at least one schema (anyOf)'), ...nearest(any)]
      : []),
    ...(one.length > 0 && found === 0
      ? [must('validate one and only one schema (oneOf). Found none valid'), ...nearest(one)]
      : []),
    ...(found > 1
      ? [must(`validate one and only one schema (oneOf). Found ${found} valid alternatives`)]
      : []),
    ...(isFields(schema['not']) && schemaFaults(schema['not'], value, path).length === 0
      ? [must('not validate the schema (not)')]
      : []),
  ]
}

function allFaults(
  all: FieldFault[][],
  fine: number,
  must: (what: string) => FieldFault,
): FieldFault[] {
  if (all.length === fine) return []
  const none = fine === 0 ? '. None validated' : ''
  return [...all.flat(), must(`validate all the schemas (allOf)${none}`)]
}

/** The faults of the alternative that fits best: the first of those with the fewest. */
const nearest = (of: FieldFault[][]): FieldFault[] =>
  [...of].sort((a, b) => a.length - b.length)[0] ?? []
