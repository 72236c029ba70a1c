import { isFields, type Fields } from '../fields.ts'
import { KEY_DEFAULTS, type ListRule } from '../schema/index.ts'

/** What is wrong with a list whose items have keys; `path`: path elements of the list, as far as they are known. */
export class ItemKeyError extends Error {
  readonly path: readonly string[]
  constructor(message: string, path: readonly string[] = []) {
    super(message)
    this.path = path
  }
}

/** Whether a list merges item by item; else it is one value. */
export const isAssociative = (rule: ListRule): boolean =>
  rule.keys !== undefined || rule.set === true

/** The path element of an item: `k:{"name":"web"}` or `v:"text"`. Throws ItemKeyError for an item without its key. */
export function elementOf(item: unknown, rule: ListRule): string {
  if (rule.keys === undefined) return `v:${JSON.stringify(item)}`
  if (!isFields(item)) {
    throw new ItemKeyError('associative list with keys may not have non-map elements')
  }
  const keys: Fields = {}
  for (const name of [...rule.keys].sort()) {
    const value = item[name] ?? (rule.defaults ?? KEY_DEFAULTS)[name]
    if (value === undefined && rule.keys.length === 1) {
      throw new ItemKeyError(
        `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
      )
    }
    if (value !== undefined) keys[name] = value
  }
  return `k:${JSON.stringify(keys)}`
}

/** Items by their path elements, in their order. The first of two with the same key counts, as long as `strict` is not asked for. */
export function itemsByElement(
  list: readonly unknown[],
  rule: ListRule,
  strict = false,
): Map<string, unknown> {
  const items = new Map<string, unknown>()
  for (const [index, item] of list.entries()) {
    const element = numbered(index, () => elementOf(item, rule))
    if (!items.has(element)) items.set(element, item)
    else if (strict) throw new ItemKeyError(`duplicate entries for key ${describe(element)}`)
  }
  return items
}

/** Says which item it is that has no key. */
function numbered<T>(index: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ItemKeyError) throw new ItemKeyError(`element ${index}: ${error.message}`)
    throw error
  }
}

function describe(element: string): string {
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`
  const keys = Object.entries(JSON.parse(element.slice(2)) as Fields)
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}
