/**
 * What a value is made of: an object's keys in order of the alphabet, an array's kinds of elements, and for all else the
 * name of its type. What does not matter, or differs for a reason that the case gives, is left out by its key.
 */
export function shapeOf(value: unknown, omit: ReadonlySet<string> = new Set()): unknown {
  if (value === null) return 'null'
  if (Array.isArray(value)) {
    const kinds = new Map(
      value.map((each) => shapeOf(each, omit)).map((s) => [JSON.stringify(s), s]),
    )
    return [...kinds.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, shape]) => shape)
  }
  if (typeof value !== 'object') return typeof value
  const kept = Object.entries(value).filter(([key]) => !omit.has(key))
  return Object.fromEntries(
    kept.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, shapeOf(each, omit)]),
  )
}

/** The part of an object that has these keys. */
export const only = (object: object, ...keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)))
