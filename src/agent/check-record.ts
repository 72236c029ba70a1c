import { EXECUTION_TIMES } from './limits.ts'

/** What `agent status` knows of a check: totals, and the last run. Source: pkg/collector/check/stats/stats.go */
export interface CheckRecord {
  readonly id: string
  readonly name: string
  readonly source: string
  readonly totalRuns: number
  readonly totalErrors: number
  readonly totalWarnings: number
  /** Of the last run that sent any: a run that sends nothing leaves the number of the run before. */
  readonly metricSamples: number
  readonly totalMetricSamples: number
  readonly serviceChecks: number
  readonly totalServiceChecks: number
  /** Milliseconds of the last runs, oldest first, at most 32. */
  readonly executionTimes: readonly number[]
  /** Milliseconds since 1970; 0: never. */
  readonly updatedAt: number
  readonly lastSuccessAt: number
  readonly lastError: string
  readonly lastWarnings: readonly string[]
  readonly inventory: Readonly<Record<string, unknown>>
}

export interface RunOutcome {
  readonly metricSamples: number
  readonly serviceChecks: number
  readonly executionMs: number
  readonly finishedAt: number
  /** undefined: the run did not fail (warnings are no failure). */
  readonly error: string | undefined
  readonly warnings: readonly string[]
  readonly inventory: Readonly<Record<string, unknown>>
}

export function newRecord(name: string, source: string, id: string = name): CheckRecord {
  return {
    id,
    name,
    source,
    totalRuns: 0,
    totalErrors: 0,
    totalWarnings: 0,
    metricSamples: 0,
    totalMetricSamples: 0,
    serviceChecks: 0,
    totalServiceChecks: 0,
    executionTimes: [],
    updatedAt: 0,
    lastSuccessAt: 0,
    lastError: '',
    lastWarnings: [],
    inventory: {},
  }
}

/** The record after one more run. */
export function addRun(record: CheckRecord, run: RunOutcome): CheckRecord {
  return {
    ...record,
    totalRuns: record.totalRuns + 1,
    totalErrors: record.totalErrors + (run.error === undefined ? 0 : 1),
    totalWarnings: record.totalWarnings + run.warnings.length,
    metricSamples: run.metricSamples || record.metricSamples,
    totalMetricSamples: record.totalMetricSamples + run.metricSamples,
    serviceChecks: run.serviceChecks || record.serviceChecks,
    totalServiceChecks: record.totalServiceChecks + run.serviceChecks,
    executionTimes: [...record.executionTimes, Math.round(run.executionMs)].slice(-EXECUTION_TIMES),
    updatedAt: run.finishedAt,
    lastSuccessAt: run.error === undefined ? run.finishedAt : record.lastSuccessAt,
    lastError: run.error ?? '',
    lastWarnings: run.warnings,
    inventory: run.inventory,
  }
}

/** Whole milliseconds; 0 before the first run. */
export function averageExecutionMs({ executionTimes }: CheckRecord): number {
  if (executionTimes.length === 0) return 0
  return Math.floor(executionTimes.reduce((sum, ms) => sum + ms, 0) / executionTimes.length)
}

/** `[ERROR]` beats `[WARNING]` beats `[OK]`. */
export function stateOfRecord(record: CheckRecord): 'ERROR' | 'WARNING' | 'OK' {
  if (record.lastError !== '') return 'ERROR'
  return record.lastWarnings.length > 0 ? 'WARNING' : 'OK'
}
