import type { KubeObject } from '../../../kube/index.ts'
import { isFields, textOf, type Fields } from '../fields.ts'
import {
  EMPTY_SET,
  fromFieldsV1,
  isEmptySet,
  toFieldsV1,
  union,
  type FieldSet,
} from './field-set.ts'

/** Who wrote what: an entry of `metadata.managedFields`. */
export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  /** RFC 3339; '' when unknown. */
  readonly time: string
  readonly fields: FieldSet
}

/** One operation's identity. An applier is the same whatever version it applies. */
export type ManagerId = Omit<Manager, 'time' | 'fields'>

export const sameManager = (a: ManagerId, b: ManagerId): boolean =>
  a.name === b.name &&
  a.operation === b.operation &&
  a.subresource === b.subresource &&
  (a.operation === 'Apply' || a.apiVersion === b.apiVersion)

/** Update entries that are kept; the oldest beyond them become one. */
const MAX_UPDATE_MANAGERS = 10
const ANCIENT = 'ancient-changes'

/** Reads `metadata.managedFields`. Throws when an entry is malformed. */
export function readManagers(entries: unknown): Manager[] {
  if (!Array.isArray(entries)) return []
  return entries.map((entry: unknown) => {
    if (!isFields(entry)) throw new Error('an entry is no object')
    const { operation } = entry
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('unknown operation')
    return {
      name: textOf(entry['manager']) ?? '',
      operation,
      apiVersion: textOf(entry['apiVersion']) ?? '',
      subresource: textOf(entry['subresource']) ?? '',
      time: textOf(entry['time']) ?? '',
      fields: entry['fieldsV1'] === undefined ? EMPTY_SET : fromFieldsV1(entry['fieldsV1']),
    }
  })
}

/** `metadata.managedFields`: appliers first, then the older first. Undefined when nobody owns anything. */
export function writeManagers(managers: readonly Manager[]): Fields[] | undefined {
  const kept = managers.filter(({ fields }) => !isEmptySet(fields))
  if (kept.length === 0) return undefined
  return [...kept].sort(byOrder).map(writeManager)
}

function byOrder(a: Manager, b: Manager): number {
  const keys = (one: Manager): string[] => [
    one.operation,
    one.time,
    one.name,
    one.apiVersion,
    one.subresource,
  ]
  const [left, right] = [keys(a), keys(b)]
  const at = left.findIndex((key, index) => key !== right[index])
  return at === -1 ? 0 : (left[at] ?? '') < (right[at] ?? '') ? -1 : 1
}

const writeManager = (manager: Manager): Fields => ({
  manager: manager.name,
  operation: manager.operation,
  apiVersion: manager.apiVersion,
  ...(manager.time === '' ? {} : { time: manager.time }),
  fieldsType: 'FieldsV1',
  fieldsV1: toFieldsV1(manager.fields),
  ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
})

/** The managers of a stored object, or none when they cannot be read. */
export function managersOf(object: KubeObject): Manager[] {
  try {
    return readManagers((object.metadata as Fields)['managedFields'])
  } catch {
    return []
  }
}

/** Sets or takes away `metadata.managedFields`. */
export function setManagers(object: KubeObject, managers: readonly Manager[]): void {
  const metadata = object.metadata as Fields
  const entries = writeManagers(capped(managers))
  if (entries === undefined) delete metadata['managedFields']
  else metadata['managedFields'] = entries
}

/** Merges the oldest updates of a version into one, so that the list does not grow for ever. */
function capped(managers: readonly Manager[]): readonly Manager[] {
  const updates = managers.filter(({ operation }) => operation === 'Update').sort(byOrder)
  const surplus = updates.length - MAX_UPDATE_MANAGERS
  if (surplus <= 0) return managers
  const old = updates.slice(0, surplus + 1)
  const byVersion = new Map<string, Manager>()
  for (const one of old) {
    const before = byVersion.get(one.apiVersion)
    const fields = before === undefined ? one.fields : union(before.fields, one.fields)
    byVersion.set(one.apiVersion, { ...one, name: ANCIENT, subresource: '', fields })
  }
  return [...managers.filter((one) => !old.includes(one)), ...byVersion.values()]
}
