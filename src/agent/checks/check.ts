import type { Sender } from '../aggregator/sender.ts'

/** What a check is given for one run. */
export interface CheckRun {
  readonly sender: Sender
  readonly signal: AbortSignal
  /** A line of the run's warnings; the run itself goes on. */
  readonly warn: (text: string) => void
  /** Facts of the run that are no metrics: what was asked, what was found. */
  readonly inventory: Record<string, unknown>
}

/** A check. `run` throws when the run as a whole failed. */
export interface Check {
  readonly name: string
  /** Configuration Source, as `agent status` shows it. */
  readonly source: string
  readonly intervalMs: number
  run(run: CheckRun): Promise<void>
}
