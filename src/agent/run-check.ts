import { setTimeout as delay } from 'node:timers/promises'
import { buildChecks } from './build-checks.ts'
import { createRunner, type CheckRunner, type RunResult } from './check-runner.ts'
import type { Env } from './config.ts'
import { logFindings } from './config/log-findings.ts'
import { readValidConfig } from './config/read-config.ts'
import { createAgentLog } from './log.ts'
import { checkJson, checkText } from './output/check-output.ts'
import type { CommandResult } from './read-status.ts'

export interface RunCheckOptions {
  readonly env?: Env
  /** The folder of `datadog.yaml` and `conf.d`, or the file (`--cfgpath`). */
  readonly configPath?: string | undefined
  readonly json?: boolean
  /** Runs (1). Series are those of the last run's commit. */
  readonly times?: number
  /** Milliseconds between runs (0; two runs of one counter need some time for a rate). */
  readonly pauseMs?: number
  /** Two runs a second apart: shows rates. Overrides `times` and `pauseMs`. */
  readonly checkRate?: boolean
  /** Colours the state, as on a terminal. */
  readonly color?: boolean
  readonly signal?: AbortSignal
  /** Where log lines go (standard error). */
  readonly write?: (line: string) => void
}

/**
 * `agent check NAME`: every instance of the check, one after the other. Exit code 0 even if the check failed (its block says
 * so), 255 for a check that there is not or whose configuration does not load. Throws E_CONFIG for `datadog.yaml`.
 */
export async function runCheck(
  name: string,
  options: RunCheckOptions = {},
): Promise<CommandResult> {
  const loaded = await readValidConfig(options.env ?? process.env, options.configPath)
  const { config } = loaded
  const signal = options.signal ?? new AbortController().signal
  const log = createAgentLog(config.logLevel ?? 'off', options.write)
  logFindings(loaded, log)
  const now = Date.now
  const checks = loaded.checks.filter((check) => check.name === name)
  if (checks.length === 0) {
    const faults = loaded.checkFaults.filter(({ check }) => check === name)
    const text = faults.map(({ fault }) => `Error: ${fault}\n`).join('')
    return { text: `${text}Error: no valid check found\n`, exitCode: 255 }
  }
  const built = buildChecks({ config, checks, log, now })
  try {
    const results: RunResult[] = []
    for (const check of built.checks) {
      const monotonic = (): number => performance.now()
      const { hostname } = config
      const runner = createRunner(check, { id: check.id, hostname, log, now, monotonic })
      results.push(await runTimes(runner, options, signal))
    }
    const runs = timesOf(options)
    const color = options.color ?? false
    const text = options.json === true ? checkJson(results) : checkText(results, { runs, color })
    return { text, exitCode: 0 }
  } finally {
    built[Symbol.dispose]()
  }
}

const timesOf = ({ checkRate, times }: RunCheckOptions): number =>
  checkRate === true ? 2 : Math.max(1, times ?? 1)

async function runTimes(
  runner: CheckRunner,
  options: RunCheckOptions,
  signal: AbortSignal,
): Promise<RunResult> {
  const pauseMs = options.checkRate === true ? 1_000 : (options.pauseMs ?? 0)
  let result = await runner.runOnce(signal)
  for (let run = 1; run < timesOf(options); run += 1) {
    await delay(pauseMs, undefined, { signal })
    result = await runner.runOnce(signal)
  }
  return result
}
