import { fieldsOf, isFields } from '../fields.ts'
import { fieldOf, isAbsent, itemOf, shapeOf, type Typed } from './descend.ts'
import { growingSet, nodeAt, type FieldSet, type GrowingSet } from './field-set.ts'
import { ItemKeyError, itemsByElement } from './list-items.ts'

/**
 * The fields that a value has: its leaves, its list items and its maps' entries (structured-merge-diff's ToFieldSet).
 * Throws ItemKeyError for list items without their key or with one that is there twice.
 */
export function valueSet(value: unknown, of: Typed): FieldSet {
  const set = growingSet()
  collect(value, of, set)
  return set
}

function collect(value: unknown, of: Typed, node: GrowingSet): void {
  const shape = shapeOf(of, value)
  if (shape === 'leaf') {
    node.member = true
    return
  }
  if (shape === 'items') {
    if (!Array.isArray(value)) return
    for (const [element, item] of itemsByElement(value, of.rule, true)) {
      const child = nodeAt(node, [element])
      below(element, () => collect(item, itemOf(of), child))
      child.member = true
    }
    return
  }
  for (const [name, part] of Object.entries(fieldsOf(value))) {
    const field = fieldOf(of, name)
    const child = growingSet()
    below(`f:${name}`, () => collect(part, field, child))
    const hollow = isAbsent(part) || (isFields(part) && Object.keys(part).length === 0)
    if (hollow || !field.declared) child.member = true
    if (child.member || child.children.size > 0) node.children.set(`f:${name}`, child)
  }
}

/** Tells where a list is that cannot be merged. */
function below(element: string, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (error instanceof ItemKeyError)
      throw new ItemKeyError(error.message, [element, ...error.path])
    throw error
  }
}
