import type { Series, ServiceCheck } from '../aggregator/series.ts'

/** One line of a container's log, tagged like its metrics. */
export interface LogLine {
  readonly message: string
  /** Milliseconds since 1970. */
  readonly timestampMs: number
  /** `info`, `error` … as the line's stream says. */
  readonly status: string
  readonly service: string
  /** Which technology wrote it (`ddsource`): the image's short name. */
  readonly source: string
  readonly tags: readonly string[]
  readonly host: string
}

/** What one run of one check hands on, finished: nobody changes it afterwards. */
export interface Batch {
  /** The check's id; `logs` for the collector of logs. A batch is all that this source has to say now. */
  readonly source: string
  readonly series: readonly Series[]
  readonly serviceChecks: readonly ServiceCheck[]
  readonly logs: readonly LogLine[]
}

/** Series, service checks and log lines together: the unit of all counters of the sinks. */
export const itemsOf = (batch: Batch): number =>
  batch.series.length + batch.serviceChecks.length + batch.logs.length
