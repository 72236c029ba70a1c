import { fieldsOf, isFields } from './fields.ts'

/** A value as Go prints it with `%+v`: `map[data:map[a:1]]`. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'string') return value
  if (!isFields(value)) return JSON.stringify(value)
  const parts = Object.keys(value).sort()
  return `map[${parts.map((key) => `${key}:${goText(fieldsOf(value)[key])}`).join(' ')}]`
}
