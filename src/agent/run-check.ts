import { setTimeout as delay } from 'node:timers/promises'
import { buildChecks } from './build-checks.ts'
import { createRunner, type RunResult } from './check-runner.ts'
import { loadConfig, type Env } from './config.ts'
import { createAgentLog } from './log.ts'
import { checkJson, checkText } from './output/check-output.ts'
import type { CommandResult } from './read-status.ts'

export interface RunCheckOptions {
  readonly env?: Env
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

/** `agent check NAME`. Exit code 0 even if the check failed (its block says so), 255 for a check that there is not. */
export async function runCheck(
  name: string,
  options: RunCheckOptions = {},
): Promise<CommandResult> {
  const config = loadConfig(options.env ?? process.env)
  const signal = options.signal ?? new AbortController().signal
  const log = createAgentLog(config.logLevel ?? 'off', options.write)
  const now = Date.now
  const built = buildChecks({ config, log, now })
  try {
    const check = built.checks.get(name)
    if (!check) return { text: 'Error: no valid check found\n', exitCode: 255 }
    const monotonic = (): number => performance.now()
    const runner = createRunner(check, { hostname: config.hostname, log, now, monotonic })
    const runs = options.checkRate === true ? 2 : Math.max(1, options.times ?? 1)
    const pauseMs = options.checkRate === true ? 1_000 : (options.pauseMs ?? 0)
    let result: RunResult = await runner.runOnce(signal)
    for (let run = 1; run < runs; run += 1) {
      await delay(pauseMs, undefined, { signal })
      result = await runner.runOnce(signal)
    }
    const color = options.color ?? false
    const text = options.json === true ? checkJson(result) : checkText(result, { runs, color })
    return { text, exitCode: 0 }
  } finally {
    built[Symbol.dispose]()
  }
}
