import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { METRICS } from './metric-table.ts'

const page = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8')
const rows = new Map(
  [...page.matchAll(/^\| `(sublet_gateway_\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, name = '', type = '', labels = '', help = '']) => [name, { type, labels, help }],
  ),
)

test('docs/gateway.md has a row for every metric, and none that is gone', () => {
  expect([...rows.keys()].toSorted()).toEqual(Object.keys(METRICS).toSorted())
})

test.each(Object.entries(METRICS))('%s is documented as it is', (name, { type, labels, help }) => {
  const told = labels.map((label) => `\`${label}\``).join(', ')
  expect(rows.get(name)).toEqual({ type, labels: told === '' ? '–' : told, help })
})
