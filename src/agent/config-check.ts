import type { CheckConfig } from './config/check-config.ts'
import { KEY_OF_ENV } from './config/keys.ts'
import { readConfig, type LoadedConfig } from './config/read-config.ts'
import { readSinksConfig } from './config/read-sinks.ts'
import { scrub, scrubText } from './config/scrub.ts'
import { configOf, type Env } from './config.ts'
import { messageOf } from './go-errors.ts'
import type { CommandResult } from './read-status.ts'

export interface ConfigCheckOptions {
  readonly env?: Env
  /** The folder of `datadog.yaml` and `conf.d`, or the file (`--cfgpath`). */
  readonly configPath?: string | undefined
  /** Only this check. */
  readonly check?: string | undefined
  readonly json?: boolean
  /** Also the settings, and the keys that have no effect here. */
  readonly verbose?: boolean
}

/**
 * `agent configcheck`: the configuration of each check with its id and its file, and before that what is wrong. It reads what an
 * agent started now would read. No secret is shown. Exit code 1 when something is wrong, 255 for a check that there is not.
 */
export async function configCheck(options: ConfigCheckOptions = {}): Promise<CommandResult> {
  const loaded = await readConfig(options.env ?? process.env, options.configPath)
  const report = reportOf(loaded, options)
  const isKnown = report.configs.length + report.errors.length > 0
  if (options.check !== undefined && !isKnown) {
    return { text: `Error: no check named ${options.check} was found\n`, exitCode: 255 }
  }
  const text = options.json === true ? JSON.stringify(report, null, 2) + '\n' : await show(report)
  return { text, exitCode: report.errors.length > 0 ? 1 : 0 }
}

/** What `configcheck --json` prints. */
interface Report {
  readonly configs: readonly {
    readonly check_name: string
    readonly instance_id: string
    readonly provider: 'file'
    readonly source: string
    readonly instance: unknown
    readonly init_config: unknown
    readonly ad_identifiers: readonly string[]
  }[]
  readonly errors: readonly { readonly name: string; readonly error: string }[]
  readonly warnings: readonly string[]
  /** Only with `--verbose`. */
  readonly notes: readonly string[]
  readonly settings: Readonly<Record<string, string>>
}

function reportOf(loaded: LoadedConfig, { check, verbose = false }: ConfigCheckOptions): Report {
  const wanted = (name: string): boolean => check === undefined || check === name
  const own = [...loaded.faults, ...sinkFaults(loaded)].map((fault) => ({
    check: 'agent',
    fault,
  }))
  return {
    configs: loaded.checks.filter(({ name }) => wanted(name)).map(entryOf),
    errors: [...(check === undefined ? own : []), ...loaded.checkFaults]
      .filter((one) => one.check === 'agent' || wanted(one.check))
      .map((one) => ({ name: one.check, error: scrubText(one.fault) })),
    warnings: loaded.warnings.map(scrubText),
    notes: verbose ? loaded.notes : [],
    settings: verbose ? settingsOf(loaded) : {},
  }
}

const entryOf = (config: CheckConfig): Report['configs'][number] => ({
  check_name: config.name,
  instance_id: config.id,
  provider: 'file',
  source: config.source,
  instance: scrub(config.instance ?? {}),
  init_config: scrub(config.initConfig ?? null),
  ad_identifiers: config.adIdentifiers,
})

function sinkFaults(loaded: LoadedConfig): string[] {
  try {
    const config = { ...loaded, config: configOf(loaded.layers.env) }
    readSinksConfig(config)
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** What is set, and where. */
function settingsOf({ layers }: LoadedConfig): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [variable, key] of KEY_OF_ENV) {
    const value = layers.env[variable] ?? ''
    if (value === '') continue
    settings[layers.named(variable)] = String(scrub(value, key))
  }
  return settings
}

/** Source: pkg/cli/subcommands/configcheck, comp/core/autodiscovery (PrintConfig) */
async function show(report: Report): Promise<string> {
  const { stringify } = await import('yaml')
  const yaml = (value: unknown): string => stringify(value, { lineWidth: 0 })
  const part = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n=== ${title} ===\n${lines.map((line) => `\n${line}\n`).join('')}`
  const configs = report.configs.map((config) =>
    [
      `\n=== ${config.check_name} check ===\n`,
      `Configuration provider: ${config.provider}\n`,
      `Configuration source: ${config.source}\n`,
      `Config for instance ID: ${config.instance_id}\n${yaml(config.instance)}~\n`,
      config.init_config === null ? '' : `Init Config:\n${yaml(config.init_config)}\n`,
      config.ad_identifiers.length === 0
        ? ''
        : `Auto-discovery IDs:\n${config.ad_identifiers.map((id) => `* ${id}\n`).join('')}`,
      '===\n',
    ].join(''),
  )
  const settings = Object.entries(report.settings).map(([name, value]) => `${name}: ${value}`)
  return [
    part(
      'Configuration errors',
      report.errors.map(({ name, error }) => `${name}: ${error}`),
    ),
    part('Configuration warnings', report.warnings),
    part('Keys without effect', report.notes),
    part('Settings', settings),
    ...configs,
  ].join('')
}
