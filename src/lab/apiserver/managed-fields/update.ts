import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, without, type Fields } from '../fields.ts'
import { compare, type Comparison } from './compare.ts'
import type { Typed } from './descend.ts'
import {
  difference,
  intersection,
  isEmptySet,
  union,
  withoutPaths,
  type FieldSet,
} from './field-set.ts'
import { sameManager, type Manager, type ManagerId } from './managers.ts'

/** What nobody owns: the server's own metadata. */
const SERVER_METADATA = [
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation'],
  ...['managedFields', 'resourceVersion'],
]
const NEVER_OWNED: readonly (readonly string[])[] = [
  ['f:apiVersion'],
  ['f:kind'],
  ...SERVER_METADATA.map((field) => ['f:metadata', `f:${field}`]),
]

/** Takes away what cannot be owned: the server's metadata, and what this path does not write. */
export function ownable(set: FieldSet, subresource: string): FieldSet {
  const reset = subresource === '' ? [['f:status']] : subresource === 'status' ? [['f:spec']] : []
  const rest = withoutPaths(set, [...NEVER_OWNED, ...reset])
  const metadata = rest.children.get('f:metadata')
  if (!metadata?.member || metadata.children.size > 0) return rest
  return withoutPaths(rest, [['f:metadata']])
}

/** The object as owners see it: without its managedFields. */
export function unmanaged(object: unknown): Fields {
  const fields = fieldsOf(object)
  return { ...fields, metadata: without(fieldsOf(fields['metadata']), 'managedFields') }
}

/** A field that an apply would change though another manager has it. */
export interface FieldConflict {
  readonly manager: Manager
  readonly fields: FieldSet
}

/** What the other managers lose when `changes` are made, and where that is a conflict. */
export function settle(
  managers: readonly Manager[],
  changes: Comparison,
  self: ManagerId | undefined,
): { managers: Manager[]; conflicts: FieldConflict[] } {
  const taken = union(changes.modified, changes.added)
  const conflicts: FieldConflict[] = []
  const left = managers.map((manager) => {
    if (self !== undefined && sameManager(manager, self)) return manager
    const fields = intersection(manager.fields, taken)
    if (!isEmptySet(fields)) conflicts.push({ manager, fields })
    const kept = difference(difference(manager.fields, fields), changes.removed)
    return { ...manager, fields: kept }
  })
  return { managers: left.filter(({ fields }) => !isEmptySet(fields)), conflicts }
}

/** The managers after a write that is no apply: the writer owns what it changed, in a new entry or in its own. */
export function managersAfterUpdate(
  before: unknown,
  after: KubeObject,
  of: Typed,
  managers: readonly Manager[],
  writer: ManagerId,
  time: string,
): Manager[] {
  const changes = compare(unmanaged(before), unmanaged(after), of)
  const { managers: others } = settle(managers, changes, undefined)
  const changed = ownable(union(changes.modified, changes.added), writer.subresource)
  if (isEmptySet(changed)) return others
  const own = others.find((manager) => sameManager(manager, writer))
  const fields = own === undefined ? changed : union(own.fields, changed)
  return [...others.filter((manager) => manager !== own), { ...writer, time, fields }]
}
