import { expect, test } from 'vitest'
import { addRun, newRecord, type RunOutcome } from '../check-record.ts'
import { formatCount, formatDuration, formatUnixTime } from './go-format.ts'
import { statusBlock } from './status-block.ts'
import { recordJson } from './record-json.ts'

const SOURCE = 'file:/etc/datadog-agent/conf.d/kubelet.d/conf.yaml.default'
const T = 1_768_210_205_123

const run = (more: Partial<RunOutcome> = {}): RunOutcome => ({
  metricSamples: 458,
  serviceChecks: 4,
  executionMs: 1052,
  finishedAt: T,
  error: undefined,
  warnings: [],
  inventory: {},
  ...more,
})

const WARNING = `Error reporting metrics: couldn't fetch "statssummary": unexpected status code 403 on https://10.0.0.5:10250/stats/summary: Forbidden (…)`

test("the block is the Agent's, blank for blank", () => {
  const record = {
    ...addRun(newRecord('kubelet', SOURCE), run({ warnings: [WARNING] })),
    totalRuns: 1204,
    totalMetricSamples: 551_432,
    totalServiceChecks: 4816,
  }
  const lines = [
    '  Running Checks',
    '  ==============',
    '    ',
    '    kubelet',
    '    -------',
    '      Instance ID: kubelet [WARNING]',
    `      Configuration Source: ${SOURCE}`,
    '      Total Runs: 1,204',
    '      Metric Samples: Last Run: 458, Total: 551,432',
    '      Events: Last Run: 0, Total: 0',
    '      Service Checks: Last Run: 4, Total: 4,816',
    '      Average Execution Time : 1.052s',
    `      Last Execution Date : ${formatUnixTime(T)}`,
    `      Last Successful Execution Date : ${formatUnixTime(T)}`,
    '      ',
    `      Warning: ${WARNING}`,
    '        ',
    '',
  ]
  expect(statusBlock([record])).toBe(lines.join('\n'))
})

test('an error stands before the warnings, and a run that failed was never a success', () => {
  const record = addRun(newRecord('kubelet', SOURCE), run({ error: 'no kubelet', warnings: ['w'] }))
  const block = statusBlock([record])
  expect(block).toContain('Instance ID: kubelet [ERROR]\n')
  expect(block).toContain('Last Successful Execution Date : Never\n')
  expect(block).toContain('      Error: no kubelet\n      No traceback\n')
  expect(block.indexOf('Error: no kubelet')).toBeLessThan(block.indexOf('Warning: w'))
})

test('checks are in the order of their names; before the first run there is one line', () => {
  const records = ['kubelet', 'container'].map((name) => addRun(newRecord(name, SOURCE), run()))
  expect(statusBlock(records).match(/Instance ID: \w+ \[OK\]/g)).toEqual([
    'Instance ID: container [OK]',
    'Instance ID: kubelet [OK]',
  ])
  expect(statusBlock([newRecord('kubelet', SOURCE)])).toBe(
    '  Running Checks\n  ==============\n    No checks have run yet\n',
  )
})

test("a run that sends nothing shows the previous run's numbers, and totals add up", () => {
  const once = addRun(newRecord('kubelet', SOURCE), run())
  const twice = addRun(
    once,
    run({ metricSamples: 0, serviceChecks: 1, executionMs: 0, warnings: ['w'] }),
  )
  expect(twice).toMatchObject({
    metricSamples: 458,
    totalMetricSamples: 458,
    serviceChecks: 1,
    totalServiceChecks: 5,
    totalWarnings: 1,
    totalRuns: 2,
  })
  expect(recordJson(twice)).toMatchObject({
    AverageExecutionTime: 526,
    LastExecutionTime: 0,
    MetricSamples: 458,
    LastSuccessDate: 1_768_210_205,
    LastWarnings: ['w'],
  })
  expect(recordJson(twice)['ExecutionTimes']).toHaveLength(32)
})

test('only the last 32 execution times are kept', () => {
  let record = newRecord('kubelet', SOURCE)
  for (let index = 0; index < 40; index += 1) record = addRun(record, run({ executionMs: index }))
  expect(record.executionTimes).toHaveLength(32)
  expect(record.executionTimes[0]).toBe(8)
})

test('durations and counts are as Go prints them', () => {
  expect([0, 0.4, 85, 1052, 2000, 63_500, 3_600_000].map(formatDuration)).toEqual([
    '0s',
    '0s',
    '85ms',
    '1.052s',
    '2s',
    '1m3.5s',
    '1h0m0s',
  ])
  expect([0, 999, 1000, 551_432, 12_345_678].map(formatCount)).toEqual([
    '0',
    '999',
    '1,000',
    '551,432',
    '12,345,678',
  ])
  if (new Date().getTimezoneOffset() === 0) {
    expect(formatUnixTime(T)).toBe('2026-01-12 09:30:05 UTC (1768210205000)')
  }
})
