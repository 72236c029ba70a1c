import type { CallType } from '../../src/agent/aggregator/metric.ts'
import { fixture, type Call } from './agent-provider.ts'

/** The tables that say what must come of a file of `test/fixtures/datadog`. */
export interface Expected {
  /** Rows of the one table whose header begins with these columns. */
  table(...columns: readonly string[]): readonly (readonly string[])[]
  /** The whole header of that table. */
  header(...columns: readonly string[]): readonly string[]
  /** The number that the page's text gives where the expression's group is. */
  number(pattern: RegExp): number
}

/** Reads `<file>.expected.md`. Throws when a table or number that is asked for is not there exactly once. */
export function expectedOf(file: string): Expected {
  const page = fixture(`datadog/${file}.expected.md`)
  const tables = [...page.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([text]) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  )
  const find = (columns: readonly string[]): string[][] => {
    const found = tables.filter(([header]) => columns.every((name, at) => header?.[at] === name))
    if (found.length !== 1)
      throw new Error(`${file}: ${found.length} tables begin with ${columns.join(' | ')}`)
    return found[0] ?? []
  }
  return {
    table: (...columns) => find(columns).slice(2),
    header: (...columns) => find(columns)[0] ?? [],
    number(pattern) {
      const found = pattern.exec(page)?.[1]
      if (found === undefined) throw new Error(`${file}: no ${pattern.source}`)
      return Number(found)
    },
  }
}

/** What stands between backquotes in a cell. */
export const codes = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]*)`/g)].map(([, code = '']) => code)

/** A cell that is a number, plain, bold or between backquotes. */
export function numberIn(cell = ''): number {
  const value = Number(cell.replace(/[`*]/g, ''))
  if (cell === '' || !Number.isFinite(value)) throw new Error(`no number: ${cell}`)
  return value
}

const INSTANCE_TAG = 'instance_tag:something'

/** A call as one line: with the full name, the number as JavaScript writes it, and sorted tags. */
export const sentRow = (
  call: CallType,
  name: string,
  value: number | string,
  tags: readonly string[],
): string => [call, name, value, ...new Set([...tags, INSTANCE_TAG].sort())].join(' ')

export const sentRows = (calls: readonly Call[]): string[] =>
  calls.map(({ call, name, value, tags }) => [call, name, value, ...tags].join(' ')).sort()

/** The tags that the Agent's tests hand out, by pod uid and container id. */
export function fakeTags(): Record<string, readonly string[]> {
  const rows = expectedOf('pods.json').table('entity', 'tags')
  return Object.fromEntries(
    rows.map(([entity, tags]) => [codes(entity)[0]?.split('://')[1] ?? '', codes(tags)]),
  )
}
