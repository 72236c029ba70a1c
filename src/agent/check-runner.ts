import { createSampler } from './aggregator/sampler.ts'
import { createSender } from './aggregator/sender.ts'
import type { Series, ServiceCheck } from './aggregator/series.ts'
import { addRun, newRecord, type CheckRecord } from './check-record.ts'
import type { Check } from './checks/check.ts'
import { messageOf } from './go-errors.ts'
import type { AgentLog } from './log.ts'

/** What one run hands on: to the outputs of `agent check`, later to the sinks. */
export interface RunResult {
  readonly record: CheckRecord
  readonly series: readonly Series[]
  readonly serviceChecks: readonly ServiceCheck[]
}

export interface CheckRunner {
  readonly check: Check
  readonly record: CheckRecord
  /** Never throws for a failing check: the failure is in the record. Throws the signal's reason when aborted. */
  runOnce(signal: AbortSignal): Promise<RunResult>
}

export interface RunnerOptions {
  /** Tells several instances of a check apart; the check's name by default. */
  readonly id?: string
  readonly hostname: string
  readonly log: AgentLog
  readonly now: () => number
  /** Milliseconds of a clock that does not step when somebody sets the time; `now` by default. */
  readonly monotonic?: () => number
}

/** An Agent that does not log warnings puts what belongs to the log line into the warning itself. Source: pkg/util/log */
const writesWarnings = ({ level }: AgentLog): boolean =>
  level === 'trace' || level === 'debug' || level === 'info' || level === 'warn'

/** Runs one check again and again and keeps its record and its aggregator. */
export function createRunner(check: Check, options: RunnerOptions): CheckRunner {
  const { hostname, log, now, monotonic = now } = options
  const sampler = createSampler(hostname)
  let record = newRecord(check.name, check.source, options.id)
  return {
    check,
    get record() {
      return record
    },
    async runOnce(signal) {
      const sender = createSender(sampler, hostname, now, monotonic)
      const warnings: string[] = []
      const inventory: Record<string, unknown> = {}
      const warn = (text: string): void => {
        warnings.push(writesWarnings(log) ? text : `${text} (check:${check.name})`)
        log.warn(`agent/checks/${check.name}`, `check:${check.name} | ${text}`)
      }
      const started = performance.now()
      let error: string | undefined
      try {
        await check.run({ sender, signal, warn, inventory })
      } catch (thrown) {
        signal.throwIfAborted()
        error = messageOf(thrown)
        log.error(
          `agent/checks/${check.name}`,
          `check:${check.name} | Error running check: ${error}`,
        )
      }
      record = addRun(record, {
        metricSamples: sender.metricSamples,
        serviceChecks: sender.serviceChecks.length,
        executionMs: performance.now() - started,
        finishedAt: now(),
        error,
        warnings,
        inventory,
      })
      const at = monotonic()
      const series = sampler.commit(at, now() - at)
      return { record, series, serviceChecks: sender.serviceChecks }
    },
  }
}
