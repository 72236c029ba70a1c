import { isFields, sameJson } from '../fields.ts'
import { fieldOf, isAbsent, isHollow, itemOf, shapeOf, type Typed } from './descend.ts'
import { growingSet, nodeAt, type FieldSet } from './field-set.ts'
import { itemsByElement } from './list-items.ts'

/** Which fields differ between two values. */
export interface Comparison {
  readonly added: FieldSet
  readonly removed: FieldSet
  readonly modified: FieldSet
}

/**
 * Compares two objects field by field, as structured-merge-diff does. An added field counts with all that leads to it
 * and is new too; `null` is there, `undefined` is not.
 */
export function compare(before: unknown, after: unknown, of: Typed): Comparison {
  const sets = { added: growingSet(), removed: growingSet(), modified: growingSet() }

  const walk = (old: unknown, next: unknown, typed: Typed, path: readonly string[]): void => {
    const which = old === undefined ? 'added' : next === undefined ? 'removed' : undefined
    const shape = shapeOf(typed, old, next)
    if (shape === 'leaf' || (isHollow(old) && isHollow(next))) {
      if (which !== undefined) nodeAt(sets[which], path).member = true
      else if (!sameLeaf(old, next)) nodeAt(sets.modified, path).member = true
      return
    }
    if (shape === 'items') walkItems(old, next, typed, path)
    else walkFields(old, next, typed, path)
    if (which !== undefined) nodeAt(sets[which], path).member = true
  }

  const walkItems = (old: unknown, next: unknown, typed: Typed, path: readonly string[]): void => {
    const left = itemsByElement(Array.isArray(old) ? old : [], typed.rule)
    const right = itemsByElement(Array.isArray(next) ? next : [], typed.rule)
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      walk(left.get(element), right.get(element), itemOf(typed), [...path, element])
    }
  }

  const walkFields = (old: unknown, next: unknown, typed: Typed, path: readonly string[]): void => {
    const left = isFields(old) ? old : {}
    const right = isFields(next) ? next : {}
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const [a, b] = [left[name], right[name]]
      if (a === undefined && b === undefined) continue
      walk(a, b, fieldOf(typed, name), [...path, `f:${name}`])
    }
  }

  if (!(isAbsent(before) && isAbsent(after))) walk(before, after, of, [])
  return sets
}

const sameLeaf = (a: unknown, b: unknown): boolean =>
  sameJson(a, b) || (isHollow(a) && isHollow(b) && isAbsent(a) === isAbsent(b))
