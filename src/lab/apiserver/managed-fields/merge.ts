import { fieldsOf, isFields } from '../fields.ts'
import { fieldOf, isAbsent, itemOf, shapeOf, type Typed } from './descend.ts'
import type { FieldSet } from './field-set.ts'
import { elementOf, itemsByElement } from './list-items.ts'

/** What an applied configuration makes of the live object: maps and keyed lists merge, everything else is replaced. */
export function mergeApplied(live: unknown, applied: unknown, of: Typed): unknown {
  if (isAbsent(applied)) return applied === null && live === undefined ? null : live
  const shape = shapeOf(of, applied)
  if (shape === 'items' && Array.isArray(applied) && Array.isArray(live)) {
    return mergeItems(live, applied, of)
  }
  if (shape !== 'fields' || !isFields(applied) || !isFields(live)) return applied
  const merged: Record<string, unknown> = { ...live }
  for (const [name, value] of Object.entries(applied)) {
    define(merged, name, mergeApplied(merged[name], value, fieldOf(of, name)))
  }
  return merged
}

/**
 * Items of both lists. The applied order leads: what is in both stands in the order that was applied, and an item of
 * the live object alone stays behind the one that it followed.
 */
function mergeItems(live: readonly unknown[], applied: readonly unknown[], of: Typed): unknown[] {
  const before = itemsByElement(live, of.rule)
  const wanted = itemsByElement(applied, of.rule, true)
  const out: unknown[] = []
  const queue = [...wanted]
  for (const [element, item] of before) {
    if (!wanted.has(element)) {
      out.push(item)
      continue
    }
    // Everything that was applied before this one, and was not written yet, goes first.
    const upTo = queue.findIndex(([other]) => other === element)
    for (const [other, value] of queue.splice(0, upTo + 1)) {
      out.push(mergeApplied(before.get(other), value, itemOf(of)))
    }
  }
  for (const [other, value] of queue) out.push(mergeApplied(before.get(other), value, itemOf(of)))
  return out
}

/** The value without the fields and items of a set. What becomes empty by that stays, as since structured-merge-diff 6.3. */
export function removeItems(value: unknown, remove: FieldSet, of: Typed): unknown {
  const shape = shapeOf(of, value)
  if (shape === 'items' && Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      const child = remove.children.get(elementOf(item, of.rule))
      if (child === undefined) return [item]
      return child.member ? [] : [removeItems(item, child, itemOf(of))]
    })
  }
  if (shape !== 'fields' || !isFields(value)) return value
  const kept: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(fieldsOf(value))) {
    const child = remove.children.get(`f:${name}`)
    if (child?.member) continue
    define(kept, name, child === undefined ? part : removeItems(part, child, fieldOf(of, name)))
  }
  return kept
}

/** Sets a key even when it is called `__proto__`. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}
