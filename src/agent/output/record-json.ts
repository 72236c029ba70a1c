import { averageExecutionMs, type CheckRecord } from '../check-record.ts'
import { EXECUTION_TIMES } from '../limits.ts'

/** A check's record with the field names of the Agent's JSON (`runner`, `runnerStats.Checks`). Dates in seconds. */
export function recordJson(record: CheckRecord): Record<string, unknown> {
  const times = record.executionTimes
  return {
    CheckID: record.id,
    CheckName: record.name,
    CheckVersion: '',
    CheckConfigSource: record.source,
    TotalRuns: record.totalRuns,
    TotalErrors: record.totalErrors,
    TotalWarnings: record.totalWarnings,
    MetricSamples: record.metricSamples,
    TotalMetricSamples: record.totalMetricSamples,
    Events: 0,
    TotalEvents: 0,
    ServiceChecks: record.serviceChecks,
    TotalServiceChecks: record.totalServiceChecks,
    HistogramBuckets: 0,
    TotalHistogramBuckets: 0,
    ExecutionTimes: [...times, ...new Array<number>(EXECUTION_TIMES - times.length).fill(0)],
    AverageExecutionTime: averageExecutionMs(record),
    LastExecutionTime: times.at(-1) ?? 0,
    LastSuccessDate: Math.floor(record.lastSuccessAt / 1000),
    LastError: record.lastError,
    LastWarnings: record.lastWarnings,
    UpdateTimestamp: Math.floor(record.updatedAt / 1000),
    Cancelling: false,
  }
}
