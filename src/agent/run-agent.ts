import { setTimeout as delay } from 'node:timers/promises'
import { onAbort, readVersion } from '../core/index.ts'
import type { AgentStatus } from './agent-status.ts'
import { buildChecks } from './build-checks.ts'
import { createRunner, type CheckRunner } from './check-runner.ts'
import type { AgentConfig, Env } from './config.ts'
import { logFindings } from './config/log-findings.ts'
import { readValidConfig, type LoadedConfig } from './config/read-config.ts'
import { readSinksConfig } from './config/read-sinks.ts'
import { messageOf } from './go-errors.ts'
import { serveHealth } from './health-port.ts'
import { componentsOf, type ComponentHealth } from './health.ts'
import { createAgentLog, type AgentLog } from './log.ts'
import { openLogs, type LogsCollector } from './logs/index.ts'
import { openSinks, type SinkSet } from './sinks/index.ts'
import { serveStatus } from './status-socket.ts'

export interface RunAgentOptions {
  readonly env?: Env
  /** The folder of `datadog.yaml` and `conf.d`, or the file (`--cfgpath`). */
  readonly configPath?: string | undefined
  /** Ends the agent; so do the end of standard input when SUBLET_EXIT_WITH_STDIN=1. */
  readonly signal?: AbortSignal
  /** Writes a line of the log; standard error by default. */
  readonly log?: (line: string) => void
  readonly stdin?: NodeJS.ReadableStream
}

const WHERE = 'agent/run-agent'

/**
 * Runs all checks on their schedules until the signal fires, the first run of each at once, and answers `agent status`.
 * Throws E_PORT_IN_USE when an agent runs in this container already or a sink cannot listen, E_CONFIG when the
 * configuration is wrong. Without a run directory it runs without status.
 */
export async function runAgent(options: RunAgentOptions = {}): Promise<void> {
  const env = options.env ?? process.env
  const loaded = await readValidConfig(env, options.configPath)
  const { config } = loaded
  const sinksConfig = readSinksConfig(loaded)
  const log = createAgentLog(config.logLevel ?? 'info', options.log)
  const signal = endOf(options, env)
  logFindings(loaded, log)
  const startedAt = Date.now()
  const built = buildChecks({ config, checks: loaded.checks, log, now: Date.now })
  const monotonic = (): number => performance.now()
  const runnerOptions = { hostname: config.hostname, log, now: Date.now, monotonic }
  const runners = built.checks.map((check) =>
    createRunner(check, { ...runnerOptions, id: check.id }),
  )
  const parts: Parts = { loaded, log, startedAt, runners, sinks: undefined, logs: undefined }
  let collecting: Promise<void> | undefined
  const ending = new AbortController()
  const served = await serve(config, () => statusOf(parts), log)
  const probes = await serveHealth(loaded.layers.env, () => healthOf(parts), log)
  try {
    log.info(WHERE, `Starting the agent; checks: ${built.checks.map(({ id }) => id).join(', ')}`)
    const opened = await openSinks(sinksConfig, { log, now: Date.now, version: readVersion() })
    parts.sinks = opened
    const logs = openLogs({
      env: loaded.layers.env,
      config,
      access: built.access,
      sinks: opened,
      printsBatches: sinksConfig.stdout === true,
      log,
      now: Date.now,
    })
    parts.logs = logs
    collecting = logs.run(AbortSignal.any([signal, ending.signal]))
    // An agent none of whose checks can run stays, and its status says why.
    const ended = new Promise<void>((resolve) => void onAbort(signal, resolve))
    const running = runners.map((runner) => schedule(runner, opened, signal))
    await Promise.all([ended, collecting, ...running])
  } finally {
    // What it has read goes to sinks that are still open.
    ending.abort()
    await collecting
    await parts.sinks?.[Symbol.asyncDispose]()
    await probes?.[Symbol.asyncDispose]()
    await served?.[Symbol.asyncDispose]()
    built[Symbol.dispose]()
    log.info(WHERE, 'The agent has stopped')
  }
}

/** What the status is made of; sinks and logs are there a moment after the rest. */
interface Parts {
  readonly loaded: LoadedConfig
  readonly log: AgentLog
  readonly startedAt: number
  readonly runners: readonly CheckRunner[]
  sinks: SinkSet | undefined
  logs: LogsCollector | undefined
}

function statusOf(parts: Parts): AgentStatus {
  const { loaded, log, startedAt, runners, sinks, logs } = parts
  const { hostname, clusterName, tags } = loaded.config
  return {
    version: readVersion(),
    pid: process.pid,
    hostname,
    clusterName,
    logLevel: log.level,
    tags,
    startedAt,
    statusAt: Date.now(),
    checks: runners.map((runner) => runner.record),
    sinks: sinks?.status() ?? [],
    logs: logs?.status(),
    health: healthOf(parts),
    configErrors: loaded.checkFaults,
  }
}

function healthOf({ startedAt, runners, sinks, logs }: Parts): readonly ComponentHealth[] {
  return componentsOf({
    now: Date.now(),
    startedAt,
    checks: runners.map(({ record, check }) => ({ record, intervalMs: check.intervalMs })),
    sinks: sinks?.status() ?? [],
    logs: logs?.status(),
  })
}

/** Runs a check at once and then every interval, counted from start to start; a run that takes longer delays the next. */
async function schedule(runner: CheckRunner, sinks: SinkSet, signal: AbortSignal): Promise<void> {
  const ended = (): boolean => signal.aborted
  while (!ended()) {
    const started = performance.now()
    try {
      const { record, series, serviceChecks } = await runner.runOnce(signal)
      sinks.accept({ source: record.id, series, serviceChecks, logs: [] })
      const rest = runner.check.intervalMs - (performance.now() - started)
      await delay(Math.max(0, rest), undefined, { signal })
    } catch (error) {
      if (!ended()) throw error
    }
  }
}

/** Two agents in one container are a mistake; a directory that cannot be written only costs `agent status`. */
async function serve(
  config: AgentConfig,
  status: () => AgentStatus,
  log: AgentLog,
): Promise<AsyncDisposable | undefined> {
  try {
    return await serveStatus(config, status)
  } catch (error) {
    if ((error as { code?: string }).code !== 'E_NO_PERMISSION') throw error
    log.warn(WHERE, `\`agent status\` will not work: ${messageOf(error)}`)
    return undefined
  }
}

function endOf({ signal, stdin = process.stdin }: RunAgentOptions, env: Env): AbortSignal {
  if (env['SUBLET_EXIT_WITH_STDIN'] !== '1') return signal ?? new AbortController().signal
  const ended = new AbortController()
  const end = (): void => ended.abort()
  stdin.once('end', end).once('close', end).once('error', end)
  stdin.resume()
  return signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
}
