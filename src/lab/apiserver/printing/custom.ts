import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, isFields, type Fields } from '../fields.ts'
import { since } from './human-duration.ts'
import {
  AGE,
  NAME,
  ageOf,
  column,
  nameOf,
  text,
  type Cell,
  type Column,
  type Printer,
} from './printer.ts'

/** The columns that a CustomResourceDefinition names; without any: name and age. */
export function customPrinter(columns: readonly Fields[]): Printer {
  if (columns.length === 0) {
    return { columns: [NAME, AGE], cells: (object, now) => [nameOf(object), ageOf(object, now)] }
  }
  const paths = columns.map((one) => parsePath(text(one['jsonPath'])))
  return {
    columns: [NAME, ...columns.map(columnOf)],
    cells: (object, now) => [
      nameOf(object),
      ...columns.map((one, index) => cellOf(object, paths[index] ?? [], text(one['type']), now)),
    ],
  }
}

const columnOf = (given: Fields): Column =>
  column(
    text(given['name']),
    text(
      given['description'],
      `Custom resource definition column (in JSONPath format): ${text(given['jsonPath'])}`,
    ),
    {
      type: (text(given['type']) || 'string') as Column['type'],
      format: text(given['format']),
      priority: typeof given['priority'] === 'number' ? given['priority'] : 0,
    },
  )

function cellOf(object: KubeObject, path: readonly Step[], type: string, now: number): Cell {
  const found = follow([object], path)
  const value = found[0]
  if (value === undefined || value === null) return null
  if (type === 'date') return since(value, now)
  if (type === 'integer' || type === 'number') return typeof value === 'number' ? value : null
  if (type === 'boolean') return typeof value === 'boolean' ? value : null
  return typeof value === 'object' ? JSON.stringify(value) : text(value)
}

type Step =
  | { readonly key: string }
  | { readonly index: number | '*' }
  | { readonly where: readonly string[]; readonly equals: string }

/** The part of JSONPath that printer columns use: `.a.b`, `[0]`, `[*]`, `['key']`, `[?(@.type=="Ready")]`. */
const STEP =
  /\.((?:[^.[\]\\]|\\.)+)|\[(\d+|\*)\]|\['([^']*)'\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]/gy

function parsePath(path: string): Step[] {
  const steps: Step[] = []
  const whole = path.replace(/^\{|\}$/g, '')
  for (const match of whole.matchAll(STEP)) {
    const [, key, index, quoted, where, equals] = match
    const name = key?.replace(/\\(.)/g, '$1') ?? quoted
    if (name !== undefined) steps.push({ key: name })
    else if (index !== undefined) steps.push({ index: index === '*' ? '*' : Number(index) })
    else steps.push({ where: (where ?? '').split('.'), equals: equals ?? '' })
  }
  return steps
}

function follow(from: readonly unknown[], path: readonly Step[]): readonly unknown[] {
  let values = from
  for (const step of path) values = values.flatMap((value) => next(value, step))
  return values
}

function next(value: unknown, step: Step): unknown[] {
  if ('key' in step) {
    return isFields(value) && Object.hasOwn(value, step.key) ? [value[step.key]] : []
  }
  if (!Array.isArray(value)) return []
  const items = value as unknown[]
  if ('index' in step) {
    if (step.index === '*') return items
    return step.index < items.length ? [items[step.index]] : []
  }
  return items.filter((item) => {
    let part: unknown = item
    for (const key of step.where) part = fieldsOf(part)[key]
    return text(part) === step.equals
  })
}
