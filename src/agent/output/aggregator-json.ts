import type { Series, ServiceCheck } from '../aggregator/series.ts'

/** What was flushed, as `agent check --json` shows it; a part without data is left out. */
export const aggregatorJson = (
  series: readonly Series[],
  serviceChecks: readonly ServiceCheck[],
): {
  readonly metrics?: readonly Series[]
  readonly service_checks?: readonly ServiceCheck[]
} => ({
  ...(series.length === 0 ? {} : { metrics: series }),
  ...(serviceChecks.length === 0 ? {} : { service_checks: serviceChecks }),
})
