import { isFields, type Fields } from '../fields.ts'

/**
 * A set of field paths, as a tree. A child's key is a path element in the notation of FieldsV1: `f:spec`,
 * `k:{"name":"web"}`, `v:"value"`. A node is in the set itself when it is a member.
 */
export interface FieldSet {
  readonly member: boolean
  readonly children: ReadonlyMap<string, FieldSet>
}

export const EMPTY_SET: FieldSet = { member: false, children: new Map() }

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0

/** A set as it grows: the only place where one is changed. */
export interface GrowingSet {
  member: boolean
  readonly children: Map<string, GrowingSet>
}

export const growingSet = (): GrowingSet => ({ member: false, children: new Map() })

/** The path's node, made when it is not there. */
export function nodeAt(set: GrowingSet, path: readonly string[]): GrowingSet {
  let node = set
  for (const element of path) {
    let next = node.children.get(element)
    if (next === undefined) node.children.set(element, (next = growingSet()))
    node = next
  }
  return node
}

type Choose = (a: boolean, b: boolean) => boolean

function combine(a: FieldSet | undefined, b: FieldSet | undefined, choose: Choose): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const key of new Set([...(a?.children.keys() ?? []), ...(b?.children.keys() ?? [])])) {
    const child = combine(a?.children.get(key), b?.children.get(key), choose)
    if (!isEmptySet(child)) children.set(key, child)
  }
  return { member: choose(a?.member ?? false, b?.member ?? false), children }
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x || y)
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x && y)
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (x, y) => x && !y)

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a.member !== b.member || a.children.size !== b.children.size) return false
  for (const [key, child] of a.children) {
    const other = b.children.get(key)
    if (other === undefined || !equalSets(child, other)) return false
  }
  return true
}

/** The set without these paths and all that is below them. */
export function withoutPaths(set: FieldSet, paths: readonly (readonly string[])[]): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [key, child] of set.children) {
    const below = paths.filter((path) => path[0] === key).map((path) => path.slice(1))
    if (below.some((path) => path.length === 0)) continue
    const rest = below.length === 0 ? child : withoutPaths(child, below)
    if (!isEmptySet(rest)) children.set(key, rest)
  }
  return { member: set.member, children }
}

/** The set with every field that leads to a member. List items and values are not added. */
export function withParents(set: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [key, child] of set.children) {
    const whole = withParents(child)
    const named = key.startsWith('f:') && whole.children.size > 0
    children.set(key, named ? { ...whole, member: true } : whole)
  }
  return { member: set.member, children }
}

/** Every member's path, in the order of structured-merge-diff: on each level members first, then what is below. */
export function pathsOf(set: FieldSet): string[][] {
  return [...(set.member ? [[]] : []), ...pathsBelow(set, [])]
}

function pathsBelow(set: FieldSet, prefix: readonly string[]): string[][] {
  const children = sorted(set)
  const members = children.filter(([, child]) => child.member).map(([key]) => [...prefix, key])
  return [...members, ...children.flatMap(([key, child]) => pathsBelow(child, [...prefix, key]))]
}

/** Fields first, then items by key, then values: as Go orders path elements. */
const sorted = (set: FieldSet): [string, FieldSet][] =>
  [...set.children].sort(([a], [b]) => (a < b ? -1 : 1))

/** FieldsV1: `{"f:spec":{".":{},"f:replicas":{}}}`. */
export function toFieldsV1(set: FieldSet): Fields {
  const fields = sorted(set).map(([key, child]) => [key, toFieldsV1(child)] as const)
  const self = set.member && fields.length > 0 ? [['.', {}] as const] : []
  return Object.fromEntries([...self, ...fields])
}

const MAX_DEPTH = 64
const ELEMENT = /^[fkvi]:/

/** Reads FieldsV1. Throws on what is none. */
export function fromFieldsV1(value: unknown, depth = 0): FieldSet {
  if (!isFields(value)) throw new Error('fieldsV1 is no object')
  if (depth > MAX_DEPTH) throw new Error('fieldsV1 is nested too deeply')
  const children = new Map<string, FieldSet>()
  for (const [key, child] of Object.entries(value)) {
    if (key === '.') continue
    if (!ELEMENT.test(key)) throw new Error(`missing colon in a path element: ${key}`)
    children.set(key, fromFieldsV1(child, depth + 1))
  }
  const leaf = depth > 0 && children.size === 0
  return { member: leaf || '.' in value, children }
}

/** A path as messages give it: `.spec.containers[name="web"].image`. */
export const formatPath = (path: readonly string[]): string => path.map(formatElement).join('')

function formatElement(element: string): string {
  const rest = element.slice(2)
  switch (element.slice(0, 1)) {
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as Fields)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    }
    case 'v':
      return `[=${rest}]`
    case 'i':
      return `[${rest}]`
    default:
      return `.${rest}`
  }
}
