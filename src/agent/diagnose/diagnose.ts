import type { Env } from '../config.ts'
import { readConfig } from '../config/read-config.ts'
import { messageOf } from '../go-errors.ts'
import type { CommandResult } from '../read-status.ts'
import { askStatus } from '../status-socket.ts'
import { diagnoseJson, diagnoseText, type SuiteRun } from './diagnose-text.ts'
import type { Diagnosis, DiagnoseRun, Suite } from './diagnosis.ts'
import { API_SERVER_SUITE } from './suite-api-server.ts'
import { CGROUPS_SUITE } from './suite-cgroups.ts'
import { CHECKS_SUITE } from './suite-checks.ts'
import { CONFIG_SUITE } from './suite-config.ts'
import { DOCKER_SUITE } from './suite-docker.ts'
import { INTAKE_SUITE } from './suite-intake.ts'
import { KUBELET_SUITE } from './suite-kubelet.ts'
import { QUEUE_SUITE } from './suite-queue.ts'

export interface DiagnoseOptions {
  readonly env?: Env
  /** The folder of `datadog.yaml`, or the file (`--cfgpath`). */
  readonly configPath?: string | undefined
  readonly json?: boolean
  /** Also what is fine, and what is not configured. */
  readonly verbose?: boolean
  /** Only the names of the suites. */
  readonly list?: boolean
  /** Regular expressions on the suites' names; an excluded one is left out in any case. */
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly signal?: AbortSignal
}

const SUITES: readonly Suite[] = [
  CONFIG_SUITE,
  CHECKS_SUITE,
  KUBELET_SUITE,
  API_SERVER_SUITE,
  DOCKER_SUITE,
  CGROUPS_SUITE,
  INTAKE_SUITE,
  QUEUE_SUITE,
]

/**
 * `agent diagnose`: asks everything that the agent asks, with its configuration, and says what came of it. No agent need run.
 * Exit code 1 when something fails, 255 for a suite that there is not. Source: pkg/cli/subcommands/diagnose
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<CommandResult> {
  const chosen = chooseSuites(options)
  if (typeof chosen === 'string') return { text: `Error: ${chosen}\n`, exitCode: 255 }
  if (options.list === true) return { text: listText(chosen), exitCode: 0 }
  const env = options.env ?? process.env
  const signal = options.signal ?? new AbortController().signal
  const loaded = await readConfig(env, options.configPath)
  const patience = AbortSignal.any([signal, AbortSignal.timeout(10_000)])
  const status = await askStatus(loaded.config, patience)
  const run: DiagnoseRun = { env, loaded, status, signal, now: Date.now }
  const runs: SuiteRun[] = []
  for (const suite of chosen) {
    const found = await diagnoseSuite(suite, run)
    runs.push({ suite: suite.name, diagnoses: found.map((one) => asInContainer(one, run)) })
  }
  const text =
    options.json === true ? diagnoseJson(runs) : diagnoseText(runs, options.verbose === true)
  const isBad = runs.some(({ diagnoses }) => diagnoses.some(({ verdict }) => isProblem(verdict)))
  return { text, exitCode: isBad ? 1 : 0 }
}

const isProblem = (verdict: Diagnosis['verdict']): boolean =>
  verdict === 'FAIL' || verdict === 'UNEXPECTED ERROR'

/** A fault in one suite costs that suite only. */
async function diagnoseSuite(suite: Suite, run: DiagnoseRun): Promise<readonly Diagnosis[]> {
  try {
    return await suite.diagnose(run)
  } catch (error) {
    run.signal.throwIfAborted()
    const diagnosis = 'The suite itself failed'
    const rawError = messageOf(error)
    return [{ verdict: 'UNEXPECTED ERROR', name: suite.name, diagnosis, rawError }]
  }
}

/** Paths as the container knows them, not as they are on this machine. */
function asInContainer(found: Diagnosis, { loaded }: DiagnoseRun): Diagnosis {
  const root = loaded.config.real('/').replace(/\/$/, '')
  if (root === '') return found
  const shown = (text: string): string => text.replaceAll(`${root}/`, '/')
  return {
    ...found,
    diagnosis: shown(found.diagnosis),
    ...(found.rawError === undefined ? {} : { rawError: shown(found.rawError) }),
  }
}

/** A text says what is wrong with the choice. */
function chooseSuites({ include = [], exclude = [] }: DiagnoseOptions): readonly Suite[] | string {
  const patterns: Record<'include' | 'exclude', RegExp[]> = { include: [], exclude: [] }
  for (const [kind, texts] of [
    ['include', include],
    ['exclude', exclude],
  ] as const) {
    for (const text of texts) {
      try {
        patterns[kind].push(new RegExp(text))
      } catch {
        return `--${kind} is no regular expression: ${text}`
      }
    }
  }
  const chosen = SUITES.filter(({ name }) => {
    const isIncluded = include.length === 0 || patterns.include.some((one) => one.test(name))
    return isIncluded && !patterns.exclude.some((one) => one.test(name))
  })
  if (chosen.length > 0) return chosen
  return `no suite is left; there are: ${SUITES.map(({ name }) => name).join(', ')}`
}

const listText = (suites: readonly Suite[]): string =>
  `Available diagnose suites:\n${suites.map(({ name, about }, index) => `  ${index + 1}. ${name}: ${about}\n`).join('')}`
