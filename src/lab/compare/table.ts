import Table from 'cli-table3'
import { remedyOf } from '../../remedies/index.ts'
import type { RemedyResult } from './result.ts'

type Row = readonly [label: string, value: (result: RemedyResult) => string]

const ROWS: readonly Row[] = [
  [
    'kubelet check',
    (r) =>
      `${r.kubeletCheck.status.toUpperCase()} (${r.kubeletCheck.httpStatus === null ? 'no request' : `HTTP ${r.kubeletCheck.httpStatus}`})`,
  ],
  ['metric samples of a run', (r) => String(r.metricSamples)],
  [
    'service checks',
    (r) =>
      `${r.serviceChecks.count}, worst ${WORST[r.serviceChecks.worst] ?? String(r.serviceChecks.worst)}`,
  ],
  ['own containers with stats', (r) => `${r.containers.ownWithStats} of ${r.containers.own}`],
  ['foreign containers visible', (r) => String(r.containers.foreignVisible)],
  ['nil stats', (r) => String(r.containers.nilStats)],
  ['own pods are called', (r) => `by ${r.names} names`],
  ['the agent’s own API', (r) => r.virtualApi],
  ['host credential in tenant', (r) => (r.hostCredentialInTenant ? 'yes' : 'no')],
  ['bytes about others', (r) => String(r.foreignBytes)],
  ['reach of its credential', (r) => (r.reach.length === 0 ? '–' : r.reach.join('\n'))],
]

const WORST = ['ok', 'warning', 'critical', 'unknown']

/** Narrower columns break their words. */
const NARROWEST = 22

/** The before/after table, one column per remedy, as wide as the terminal allows: those that find no room come below. */
export function compareTable(results: readonly RemedyResult[], width = 100): string {
  const label = Math.max(...ROWS.map(([name]) => name.length)) + 2
  const room = Math.max(1, Math.floor((width - label - 2) / (NARROWEST + 1)))
  const tables = Math.max(1, Math.ceil(results.length / room))
  const columns = Math.max(1, Math.ceil(results.length / tables))
  const column = Math.max(NARROWEST, Math.floor((width - label - columns - 2) / columns))
  return Array.from({ length: tables }, (_, index) =>
    oneTable(results.slice(index * columns, (index + 1) * columns), label, column),
  ).join('\n')
}

function oneTable(results: readonly RemedyResult[], label: number, column: number): string {
  const table = new Table({
    head: ['', ...results.map((result) => result.id)],
    colWidths: [label, ...results.map(() => column)],
    wordWrap: true,
    // Lines between rows would double the height; the labels keep the rows apart.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
  })
  table.push(['', ...results.map(({ id }) => remedyOf(id).title)])
  for (const [name, value] of ROWS) table.push([name, ...results.map(value)])
  return table.toString()
}
