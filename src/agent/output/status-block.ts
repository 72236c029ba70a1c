import { averageExecutionMs, stateOfRecord, type CheckRecord } from '../check-record.ts'
import { formatCount, formatDuration, formatUnixTime } from './go-format.ts'

const INDENT = '      '

/**
 * The block of running checks, exactly as the Agent's template prints it
 * (pkg/status/collector/status_templates/collector.tmpl), blanks at line ends included.
 */
export function statusBlock(records: readonly CheckRecord[]): string {
  const lines = ['  Running Checks', '  ==============']
  const ran = records
    .filter((record) => record.totalRuns > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1))
  if (ran.length === 0) lines.push('    No checks have run yet')
  for (const [index, record] of ran.entries()) {
    const isFirst = ran[index - 1]?.name !== record.name
    lines.push(...(isFirst ? heading(record.name) : []), ...instanceBlock(record))
  }
  return lines.join('\n') + '\n'
}

const heading = (name: string): string[] => [
  '    ',
  `    ${name}`,
  `    ${'-'.repeat(name.length)}`,
]

function instanceBlock(record: CheckRecord): string[] {
  const errors = record.lastError === '' ? [] : [`Error: ${record.lastError}`, 'No traceback', '']
  const warnings = record.lastWarnings.flatMap((warning) => [`Warning: ${warning}`, '  '])
  const { metricSamples: samples, totalMetricSamples } = record
  const { serviceChecks, totalServiceChecks } = record
  const fields = [
    `Instance ID: ${record.id} [${stateOfRecord(record)}]`,
    `Configuration Source: ${record.source}`,
    `Total Runs: ${formatCount(record.totalRuns)}`,
    `Metric Samples: Last Run: ${formatCount(samples)}, Total: ${formatCount(totalMetricSamples)}`,
    'Events: Last Run: 0, Total: 0',
    `Service Checks: Last Run: ${formatCount(serviceChecks)}, Total: ${formatCount(totalServiceChecks)}`,
    `Average Execution Time : ${formatDuration(averageExecutionMs(record))}`,
    `Last Execution Date : ${formatUnixTime(record.updatedAt)}`,
    `Last Successful Execution Date : ${record.lastSuccessAt === 0 ? 'Never' : formatUnixTime(record.lastSuccessAt)}`,
    '',
    ...errors,
    ...warnings,
  ]
  return fields.flatMap((field) => field.split('\n')).map((line) => INDENT + line)
}
