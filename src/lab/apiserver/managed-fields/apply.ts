import type { Resource } from '../../../kube/index.ts'
import { sameJson, type Fields } from '../fields.ts'
import { compare } from './compare.ts'
import type { Typed } from './descend.ts'
import {
  EMPTY_SET,
  difference,
  equalSets,
  intersection,
  isEmptySet,
  union,
  withParents,
  type FieldSet,
} from './field-set.ts'
import { sameManager, type Manager, type ManagerId } from './managers.ts'
import { mergeApplied, removeItems } from './merge.ts'
import { ownable, settle, unmanaged, type FieldConflict } from './update.ts'
import { valueSet } from './value-set.ts'
import { zeroObject } from './zero-objects.ts'

export interface ApplyInput {
  /** The live object without its managedFields, or a new one's identity. */
  readonly live: Fields
  readonly applied: Fields
  readonly of: Typed
  readonly managers: readonly Manager[]
  readonly applier: ManagerId
  readonly time: string
}

export interface ApplyOutcome {
  readonly object: Fields
  readonly managers: Manager[]
  /** What was taken from others. Without force the apply is refused when there are any. */
  readonly conflicts: readonly FieldConflict[]
}

/**
 * Server-side apply (structured-merge-diff's Updater.Apply): merges the configuration into the live object, takes away
 * what this applier had and nobody wants any more, and finds what others own. Throws ItemKeyError for a list that
 * cannot be merged.
 */
export function applyConfiguration(input: ApplyInput): ApplyOutcome {
  const { live, of, applier, time } = input
  const applied = unmanaged(input.applied)
  const whole = valueSet(applied, of)
  const wanted = ownable(whole, applier.subresource)
  const last = input.managers.find((manager) => sameManager(manager, applier))
  const others = input.managers.filter((manager) => manager !== last)
  const merged = mergeApplied(live, applied, of) as Fields
  // The name counts here: whoever applies an object wants its metadata.
  const owned = [...others.map(({ fields }) => fields), whole].reduce(union, EMPTY_SET)
  const object = prune(merged, last?.fields ?? EMPTY_SET, owned, of)
  const { managers, conflicts } = settle(others, compare(live, object, of), applier)
  const same = last !== undefined && equalSets(last.fields, wanted) && sameJson(live, object)
  const own: Manager = { ...applier, time: same ? last.time : time, fields: wanted }
  return { object, managers: [...managers, own], conflicts }
}

/** Takes away what the applier had applied last and nobody owns now. */
function prune(merged: Fields, last: FieldSet, owned: FieldSet, of: Typed): Fields {
  if (isEmptySet(last)) return merged
  const whole = withParents(valueSet(merged, of))
  const rest = removeItems(merged, withParents(last), of)
  const gone = difference(whole, withParents(valueSet(rest, of)))
  const disowned = difference(gone, withParents(owned))
  const kept = removeItems(merged, disowned, of)
  const lost = difference(whole, withParents(valueSet(kept, of)))
  const pruned = removeItems(merged, intersection(lost, withParents(last)), of)
  return pruned as Fields
}

/** The managers of an object that nobody is known to have written: all of it was there before the first apply. */
export function beforeFirstApply(
  live: Fields,
  resource: Resource,
  of: Typed,
  apiVersion: string,
  time: string,
): Manager[] {
  const { added, modified } = compare(zeroObject(resource), live, of)
  const fields = ownable(union(added, modified), '')
  if (isEmptySet(fields)) return []
  const name = 'before-first-apply'
  return [{ name, operation: 'Update', apiVersion, subresource: '', time, fields }]
}
