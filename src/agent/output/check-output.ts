import { stateOfRecord } from '../check-record.ts'
import type { RunResult } from '../check-runner.ts'
import { aggregatorJson } from './aggregator-json.ts'
import { recordJson } from './record-json.ts'
import { statusBlock } from './status-block.ts'

/**
 * `agent check NAME`: series and service checks of all instances as JSON, then the status block.
 * Source: pkg/cli/subcommands/check
 */
export function checkText(
  results: readonly RunResult[],
  options: { readonly runs: number; readonly color: boolean },
): string {
  const part = (title: string, items: readonly unknown[]): string =>
    items.length === 0 ? '' : `=== ${title} ===\n${JSON.stringify(items, null, 2)}\n`
  const records = results.map(({ record }) => record)
  const block = statusBlock(records)
  const states = new Set(records.map(stateOfRecord))
  const painted = [...states].reduce((text, state) => colored(text, state), block)
  const metadata = [...new Set(records.map(({ source }) => source))].map(
    (source) => `  Metadata\n  ========\n    config.provider: file\n    config.source: ${source}\n`,
  )
  const name = records[0]?.name ?? ''
  return [
    part(
      'Series',
      results.flatMap(({ series }) => series),
    ),
    part(
      'Service Checks',
      results.flatMap(({ serviceChecks }) => serviceChecks),
    ),
    `\n${options.color ? painted : block}`,
    ...metadata,
    options.runs === 1 ? onceHints(name, records.length, options.color) : '',
  ].join('')
}

/** `agent check NAME --json`: an array with one entry per instance. */
export function checkJson(results: readonly RunResult[]): string {
  const entries = results.map(({ record, series, serviceChecks }) => ({
    aggregator: aggregatorJson(series, serviceChecks),
    runner: recordJson(record),
    inventories: record.inventory,
  }))
  return JSON.stringify(entries, null, 2) + '\n'
}

const YELLOW = '33'
const COLORS = { OK: '32', WARNING: YELLOW, ERROR: '31' } as const

const colored = (block: string, state: keyof typeof COLORS): string =>
  block.replaceAll(`[${state}]`, `[\u001b[${COLORS[state]}m${state}\u001b[0m]`)

function onceHints(name: string, instances: number, color: boolean): string {
  const paint = (text: string): string => (color ? `\u001b[${YELLOW}m${text}\u001b[0m` : text)
  return [
    'Check has run only once, if some metrics are missing you can try again with --check-rate to see any other metric if available.',
    `This check type has ${instances} instances. If you're looking for a different check instance, try filtering on a specific one using the --instance-filter flag or set --discovery-min-instances to a higher value (${name})`,
  ]
    .map((line) => paint(line) + '\n')
    .join('')
}
