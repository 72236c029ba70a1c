import { stateOfRecord } from '../check-record.ts'
import type { RunResult } from '../check-runner.ts'
import { aggregatorJson } from './aggregator-json.ts'
import { recordJson } from './record-json.ts'
import { statusBlock } from './status-block.ts'

/** `agent check NAME`: series and service checks as JSON, then the status block. Source: pkg/cli/subcommands/check */
export function checkText(result: RunResult, options: { runs: number; color: boolean }): string {
  const { record, series, serviceChecks } = result
  const part = (title: string, items: readonly unknown[]): string =>
    items.length === 0 ? '' : `=== ${title} ===\n${JSON.stringify(items, null, 2)}\n`
  const block = statusBlock([record])
  const hints = options.runs === 1 ? onceHints(record.name, options.color) : ''
  return [
    part('Series', series),
    part('Service Checks', serviceChecks),
    `\n${options.color ? colored(block, stateOfRecord(record)) : block}`,
    '  Metadata\n  ========\n    config.provider: file\n    config.source: ' + `${record.source}\n`,
    hints,
  ].join('')
}

/** `agent check NAME --json`: an array with one entry, the instance. */
export function checkJson({ record, series, serviceChecks }: RunResult): string {
  const entry = {
    aggregator: aggregatorJson(series, serviceChecks),
    runner: recordJson(record),
    inventories: record.inventory,
  }
  return JSON.stringify([entry], null, 2) + '\n'
}

const YELLOW = '33'
const COLORS = { OK: '32', WARNING: YELLOW, ERROR: '31' } as const

const colored = (block: string, state: keyof typeof COLORS): string =>
  block.replace(`[${state}]`, `[\u001b[${COLORS[state]}m${state}\u001b[0m]`)

function onceHints(name: string, color: boolean): string {
  const paint = (text: string): string => (color ? `\u001b[${YELLOW}m${text}\u001b[0m` : text)
  return [
    'Check has run only once, if some metrics are missing you can try again with --check-rate to see any other metric if available.',
    `This check type has 1 instances. If you're looking for a different check instance, try filtering on a specific one using the --instance-filter flag or set --discovery-min-instances to a higher value (${name})`,
  ]
    .map((line) => paint(line) + '\n')
    .join('')
}
