import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, textOf, type Fields } from '../fields.ts'
import { since } from './human-duration.ts'

/** A column of a Table (meta.k8s.io/v1). Priority 1 is shown with `-o wide` only. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'number' | 'date'
  readonly format: string
  readonly description: string
  readonly priority: number
}

/** A row's value in one column. */
export type Cell = string | number | boolean | null

/** How objects of a kind are shown as rows. */
export interface Printer {
  readonly columns: readonly Column[]
  /** One cell for each column; `now` in milliseconds. */
  cells(object: KubeObject, now: number): Cell[]
  /** What is said about a row besides, as for pods that have ended. */
  conditions?(object: KubeObject): readonly Fields[]
}

export const column = (
  name: string,
  description: string,
  more: Partial<Pick<Column, 'type' | 'format' | 'priority'>> = {},
): Column => ({ name, type: 'string', format: '', description, priority: 0, ...more })

export const integer = (name: string, description: string): Column =>
  column(name, description, { type: 'integer' })

export const wide = (name: string, description: string): Column =>
  column(name, description, { priority: 1 })

export const NAME: Column = column('Name', 'Name must be unique within a namespace.', {
  format: 'name',
})
export const AGE: Column = column(
  'Age',
  'CreationTimestamp is a timestamp representing the server time when this object was created.',
)

export const nameOf = (object: KubeObject): string => object.metadata.name ?? ''
export const ageOf = (object: KubeObject, now: number): string =>
  since(object.metadata.creationTimestamp, now)

export const spec = (object: KubeObject): Fields => fieldsOf(object['spec'])
export const status = (object: KubeObject): Fields => fieldsOf(object['status'])

/** A count; what is not there is 0, as in Go. */
export const count = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** A text; what is not there is empty, or what is said instead. */
export function text(value: unknown, instead = ''): string {
  if (typeof value === 'string') return value === '' ? instead : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : instead
}

export const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : isFields(value) ? Object.keys(value).length : 0

/** `a=b,c=d` in the order of keys; `<none>` when there are none. */
export function labelsText(labels: unknown): string {
  const pairs = Object.entries(fieldsOf(labels)).map(([key, value]) => `${key}=${text(value)}`)
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',')
}

/** A LabelSelector in its string form, conditions in the order of keys. */
export function selectorText(selector: unknown, none = '<none>'): string {
  const { matchLabels, matchExpressions } = fieldsOf(selector)
  const equal = Object.entries(fieldsOf(matchLabels)).map(
    ([key, value]) => [key, `${key}=${text(value)}`] as const,
  )
  const others = listOf(matchExpressions).map(
    (one) => [text(one['key']), expressionText(one)] as const,
  )
  const all = [...equal, ...others].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return all.map(([, written]) => written).join(',') || none
}

function expressionText(expression: Fields): string {
  const key = text(expression['key'])
  const values = Array.isArray(expression['values']) ? [...(expression['values'] as unknown[])] : []
  const list = `(${values
    .map((value) => text(value))
    .sort()
    .join(',')})`
  switch (expression['operator']) {
    case 'In':
      return `${key} in ${list}`
    case 'NotIn':
      return `${key} notin ${list}`
    case 'DoesNotExist':
      return `!${key}`
    default:
      return key
  }
}

/** Names and images of a template's containers. */
export function containersOf(template: unknown): [names: string, images: string] {
  const containers = listOf(fieldsOf(fieldsOf(template)['spec'])['containers'])
  const join = (key: string): string => containers.map((one) => text(one[key])).join(',')
  return [join('name'), join('image')]
}

export const CONTAINERS: Column = wide('Containers', 'Names of each container in the template.')
export const IMAGES: Column = wide('Images', 'Images referenced by each container in the template.')

/** A few of many: `a,b,c + 2 more...`. */
export const someOf = (items: readonly string[], most: number, none: string): string =>
  items.length > most
    ? `${items.slice(0, most).join(',')} + ${items.length - most} more...`
    : items.join(',') || none

/** Whether a condition of this type is True. */
export const isTrue = (conditions: unknown, type: string): boolean =>
  listOf(conditions).some((one) => one['type'] === type && one['status'] === 'True')

export const firstText = (...values: unknown[]): string =>
  values.map((value) => textOf(value)).find((value) => value !== undefined) ?? ''
