/** Small helpers to read objects of unknown shape: what came from a socket may be anything. */

export type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value as an object, or an empty one. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** The objects of an array; anything else is left out. */
export const listOf = (value: unknown): Fields[] =>
  Array.isArray(value) ? value.filter(isFields) : []

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A value by its path: `spec.nodeName`. */
export function at(object: unknown, path: string): unknown {
  let value: unknown = object
  for (const key of path.split('.')) {
    if (!isFields(value)) return undefined
    value = value[key]
  }
  return value
}

/** Sets what is missing: the defaults of an object. */
export function setDefaults(target: Fields, defaults: Fields): void {
  for (const [key, value] of Object.entries(defaults)) {
    if (target[key] === undefined || target[key] === null) target[key] = value
  }
}

/** Equal as JSON, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((part, index) => sameJson(part, b[index]))
  }
  if (!isFields(a) || !isFields(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => sameJson(a[key], b[key]))
}

/** A copy without some of its fields. */
export function without<T extends object, K extends keyof T>(object: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...object }
  for (const key of keys) Reflect.deleteProperty(copy, key)
  return copy
}
