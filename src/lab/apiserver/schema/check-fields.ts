import { isFields, type Fields } from '../fields.ts'
import { KEY_DEFAULTS } from './lists-table.ts'
import { scalarFault } from './scalar-fault.ts'
import { describeMismatch, type Mismatch } from './mismatch.ts'
import { fieldsOfType, goNameOf, type Field, type FieldType } from './schema.ts'

/** A field that its type does not have, as decoding errors and as server-side apply name it. */
export interface UnknownField {
  /** `spec.containers[0].foo` */
  readonly dotted: string
  /** `.spec.containers[name="c"].foo` */
  readonly applied: string
}

export interface FieldCheck {
  readonly unknown: readonly UnknownField[]
  /** The first value of a wrong type, and where it is, as server-side apply names the place. */
  readonly fault: (Mismatch & { readonly applied: string }) | undefined
}

/** Where a value stands. `go` is the path without list indexes, `owner` the struct that holds the field. */
interface Place {
  readonly dotted: string
  readonly applied: string
  readonly go: string
  readonly owner: string
}

/** Compares an object with its type, as a kube-apiserver's strict decoding does. Nulls count as absent. */
export function checkFields(object: unknown, type: string): FieldCheck {
  const unknown: UnknownField[] = []
  let fault: FieldCheck['fault']

  const mismatch = (value: unknown, type: FieldType, place: Place): void => {
    const field = place.go === '' ? '' : `${place.owner}.${place.go}`
    fault ??= { ...describeMismatch(value, type, field), applied: place.applied }
  }

  const walk = (value: unknown, type: FieldType, rule: Field['rule'], place: Place): void => {
    if (value === undefined || value === null) return
    if (type.kind === 'any' || type.kind === 'deduced' || type.kind === 'custom') return
    if (type.kind === 'scalar') walkScalar(value, type, place)
    else if (type.kind === 'list' ? !Array.isArray(value) : !isFields(value)) {
      mismatch(value, type, place)
    } else if (type.kind === 'list') walkList(value as unknown[], type.of, rule, place)
    else if (type.kind === 'map') walkMap(value as Fields, type.of, place)
    else walkStruct(value as Fields, type.type, place)
  }

  const walkScalar = (value: unknown, type: FieldType & { kind: 'scalar' }, place: Place): void => {
    const wrong = scalarFault(value, type.scalar)
    if (wrong === 'type') mismatch(value, type, place)
    else if (wrong !== undefined) {
      fault ??= { decoded: wrong, converted: wrong, typed: wrong, applied: place.applied }
    }
  }

  const walkList = (
    list: readonly unknown[],
    of: FieldType,
    rule: Field['rule'],
    place: Place,
  ): void => {
    for (const [index, item] of list.entries()) {
      const applied = place.applied + itemPath(item, index, rule)
      walk(item, of, {}, { ...place, dotted: `${place.dotted}[${index}]`, applied })
    }
  }

  const walkMap = (map: Fields, of: FieldType, place: Place): void => {
    for (const [key, item] of Object.entries(map)) {
      walk(item, of, {}, { ...below(place, key), go: place.go, owner: place.owner })
    }
  }

  const walkStruct = (value: Fields, type: string, place: Place): void => {
    const fields = fieldsOfType(type)
    if (fields === undefined) return
    for (const [name, part] of Object.entries(value)) {
      const next = { ...below(place, name), owner: goNameOf(type) }
      const field = fields.get(name)
      if (field !== undefined) walk(part, field.type, field.rule, next)
      else unknown.push({ dotted: next.dotted, applied: next.applied })
    }
  }

  const root: Place = { dotted: '', applied: '', go: '', owner: goNameOf(type) }
  walk(object, { kind: 'struct', type, atomic: false }, {}, root)
  return { unknown, fault }
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

const below = (place: Place, name: string): Place => ({
  ...place,
  dotted: join(place.dotted, name),
  applied: `${place.applied}.${name}`,
  go: join(place.go, name),
})

/** An item by its key, as server-side apply names it: `[name="c"]`; by its index when it has none. */
function itemPath(item: unknown, index: number, { keys = [] }: Field['rule']): string {
  const values = [...keys]
    .sort()
    .map((key) => [key, (isFields(item) ? item[key] : undefined) ?? KEY_DEFAULTS[key]] as const)
  if (values.length === 0 || values.every(([, value]) => value === undefined)) return `[${index}]`
  return `[${values.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}
