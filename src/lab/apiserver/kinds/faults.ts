import { sameJson, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'

/** The faults of Kubernetes' field.Error, in its words. */
export const required = (field: string, why = ''): FieldFault => ({
  reason: 'FieldValueRequired',
  message: why === '' ? 'Required value' : `Required value: ${why}`,
  field,
})

export const invalid = (field: string, value: unknown, why: string): FieldFault => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
})

export const forbidden = (field: string, why: string): FieldFault => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
})

export const unsupported = (
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldFault => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
  field,
})

export const notFound = (field: string, value: unknown): FieldFault => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(value)}`,
  field,
})

export const duplicate = (field: string, value: unknown): FieldFault => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${JSON.stringify(value)}`,
  field,
})

/** A value that must be one of a few. */
export function oneOf(object: Fields, key: string, path: string, values: string[]): FieldFault[] {
  const value = object[key]
  if (value === undefined || value === '') return [required(`${path}.${key}`)]
  return values.includes(value as string) ? [] : [unsupported(`${path}.${key}`, value, values)]
}

/** A number that is not below zero; absent is fine. */
export function notNegative(object: Fields, key: string, path: string): FieldFault[] {
  const value = object[key]
  if (typeof value !== 'number' || value >= 0) return []
  return [invalid(`${path}.${key}`, value, 'must be greater than or equal to 0')]
}

export function requiredText(object: Fields, key: string, path: string): FieldFault[] {
  return textOf(object[key]) === undefined ? [required(`${path}.${key}`)] : []
}

/** What may not change once it is written. */
export function immutable(now: unknown, before: unknown, field: string): FieldFault[] {
  return sameJson(now, before) ? [] : [invalid(field, now, 'field is immutable')]
}
