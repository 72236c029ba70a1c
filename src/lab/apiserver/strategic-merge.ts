import { isFields, sameJson, type Fields } from './fields.ts'
import { goText } from './go-text.ts'
import { mergeOf, type MergeRule } from './strategic-merge-rules.ts'
import type { FieldType } from './schema/index.ts'

/** A patch that is no strategic merge patch for this object: what a kube-apiserver says, and the code that it answers. */
export class StrategicPatchError extends Error {
  readonly code: 400 | 500
  constructor(message: string, code: 400 | 500) {
    super(message)
    this.code = code
  }
}

const MAX_DEPTH = 64

/**
 * Strategic merge patch (apimachinery/pkg/util/strategicpatch): objects merge, lists merge by their key where the
 * type says so, and `$patch`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…` and `$retainKeys` direct it.
 * `type` names the object's type. Neither argument is changed. Throws StrategicPatchError.
 */
export function strategicMerge(original: Fields, patch: Fields, type: string): Fields {
  return mergeMap(original, patch, { kind: 'struct', type, atomic: false }, 0)
}

const DELETE_FROM = '$deleteFromPrimitiveList/'
const ORDER = '$setElementOrder/'

function mergeMap(original: Fields, patch: Fields, type: FieldType, depth: number): Fields {
  if (depth > MAX_DEPTH) throw new StrategicPatchError('the patch is nested too deeply', 400)
  const directive = patch['$patch']
  if (directive === 'replace') return withoutDirectives(patch)
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge') {
    throw new StrategicPatchError(
      `unknown patch type: ${goText(directive)} in map: ${goText(patch)}`,
      500,
    )
  }
  const merged: Fields = retained(original, patch)
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM)) deletePrimitives(merged, patch, key)
    else if (key.startsWith(ORDER)) reorder(merged, patch, key, type)
    else if (!key.startsWith('$')) {
      if (value === null) Reflect.deleteProperty(merged, key)
      else define(merged, key, mergeField(merged[key], value, { patch, key, type, depth }))
    }
  }
  return merged
}

/** `$deleteFromPrimitiveList/NAME` of a list that the patch leaves alone otherwise. */
function deletePrimitives(merged: Fields, patch: Fields, key: string): void {
  const name = key.slice(DELETE_FROM.length)
  const gone = listIn(patch, key)
  const before = merged[name]
  if (!Array.isArray(before) || name in patch) return
  const kept = before.filter((item) => !gone.some((one) => sameJson(one, item)))
  define(merged, name, kept)
}

/** `$setElementOrder/NAME` of a list that the patch leaves alone otherwise. */
function reorder(merged: Fields, patch: Fields, key: string, type: FieldType): void {
  const name = key.slice(ORDER.length)
  const before = merged[name]
  if (!Array.isArray(before) || name in patch) return
  define(merged, name, ordered(before, listIn(patch, key), before, mergeOf(type, name).rule))
}

interface At {
  readonly patch: Fields
  readonly key: string
  readonly type: FieldType
  readonly depth: number
}

function mergeField(original: unknown, value: unknown, at: At): unknown {
  const { rule, field } = mergeOf(at.type, at.key)
  if (isFields(value))
    return mergeMap(isFields(original) ? original : {}, value, field, at.depth + 1)
  if (!Array.isArray(value)) return value
  const before = Array.isArray(original) ? (original as unknown[]) : []
  const gone = listIn(at.patch, `${DELETE_FROM}${at.key}`)
  const order = at.patch[`${ORDER}${at.key}`]
  const item: FieldType = field.kind === 'list' ? field.of : { kind: 'any' }
  const merged = mergeList(before, value as unknown[], rule, item, gone, at.depth)
  return Array.isArray(order) ? ordered(merged, order as unknown[], before, rule) : merged
}

function mergeList(
  before: readonly unknown[],
  patch: readonly unknown[],
  rule: MergeRule,
  item: FieldType,
  gone: readonly unknown[],
  depth: number,
): unknown[] {
  const replace = patch.some((one) => isFields(one) && one['$patch'] === 'replace')
  if (replace) return patch.filter((one) => !(isFields(one) && '$patch' in one))
  if (rule.mergeKey !== undefined) return mergeByKey(before, patch, rule.mergeKey, item, depth)
  if (!rule.merge) return patch.map((one) => (isFields(one) ? withoutDirectives(one) : one))
  const kept = before.filter((one) => !gone.some((other) => sameJson(one, other)))
  return [...kept, ...patch.filter((one) => !kept.some((other) => sameJson(one, other)))]
}

function mergeByKey(
  before: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  item: FieldType,
  depth: number,
): unknown[] {
  let merged = [...before]
  const keyOf = (one: unknown): unknown => (isFields(one) ? one[key] : undefined)
  for (const one of patch) {
    if (!isFields(one)) {
      throw new StrategicPatchError(
        'merging lists cannot be done with items that are no objects',
        500,
      )
    }
    if (keyOf(one) === undefined) {
      const what = `map: ${goText(one)} does not contain declared merge key: ${key}`
      throw new StrategicPatchError(what, 500)
    }
    const is = (other: unknown): boolean => sameJson(keyOf(other), keyOf(one))
    if (one['$patch'] === 'delete') {
      merged = merged.filter((other) => !is(other))
      continue
    }
    const at = merged.findIndex(is)
    const old = merged[at]
    const next = mergeMap(isFields(old) ? old : {}, one, item, depth + 1)
    if (at === -1) merged.push(next)
    else merged[at] = next
  }
  return merged
}

/**
 * The list in the order that the client has. What only the server has goes where it was among the client's items: before
 * the first of those that it stood before (`mergeSortedSlice`).
 */
function ordered(
  list: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  { mergeKey }: MergeRule,
): unknown[] {
  const idOf = (one: unknown): string =>
    JSON.stringify(mergeKey !== undefined && isFields(one) ? one[mergeKey] : one)
  const rankIn = (ranked: readonly unknown[]): Map<string, number> =>
    new Map(ranked.map((one, index) => [idOf(one), index]))
  const wanted = rankIn(order)
  const was = rankIn(before)
  const known = list.filter((one) => wanted.has(idOf(one)))
  known.sort((a, b) => (wanted.get(idOf(a)) ?? 0) - (wanted.get(idOf(b)) ?? 0))
  const out: unknown[] = []
  for (const own of list.filter((one) => !wanted.has(idOf(one)))) {
    const place = was.get(idOf(own)) ?? -1
    while (known.length > 0 && (was.get(idOf(known[0])) ?? Infinity) < place)
      out.push(known.shift())
    out.push(own)
  }
  return [...out, ...known]
}

function retained(original: Fields, patch: Fields): Fields {
  const keys = patch['$retainKeys']
  if (!Array.isArray(keys)) return { ...original }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith('$') && patch[key] !== null && !keys.includes(key)) {
      throw new StrategicPatchError('invalid patch format of retainKeys', 400)
    }
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.includes(key)))
}

const FORMATS = [
  [DELETE_FROM, 'invalid patch format of primitive list'],
  [ORDER, 'invalid patch format of setElementOrder list'],
] as const

function listIn(patch: Fields, key: string): readonly unknown[] {
  const list = patch[key]
  if (list === undefined) return []
  if (!Array.isArray(list))
    throw new StrategicPatchError(FORMATS.find(([start]) => key.startsWith(start))?.[1] ?? key, 400)
  return list as unknown[]
}

const withoutDirectives = (patch: Fields): Fields =>
  Object.fromEntries(
    Object.entries(patch).filter(([key, value]) => !key.startsWith('$') && value !== null),
  )

/** Sets a key even when it is called `__proto__`. */
function define(target: Fields, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}
