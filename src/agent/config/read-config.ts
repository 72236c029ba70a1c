import { existsSync } from 'node:fs'
import { containerPath } from '../../core/container-path.ts'
import { CONFIG_DIR, configFaults, configOf, type AgentConfig, type Env } from '../config.ts'
import { CHECK_NAMES, defaultCheck, isCheckName, type CheckConfig } from './check-config.ts'
import { findCheckFiles } from './check-files.ts'
import { instanceHash } from './check-id.ts'
import { mergeLayers, type Layers } from './layers.ts'
import { readCheckFile } from './read-check-file.ts'
import { readYamlFile } from './yaml-file.ts'

/** All that the environment and the files say. With faults it is what is left without the faulty values. */
export interface LoadedConfig {
  readonly layers: Layers
  readonly config: AgentConfig
  /** Instances in the order in which they are shown. */
  readonly checks: readonly CheckConfig[]
  /** Of the environment and of `datadog.yaml`: the agent does not start. */
  readonly faults: readonly string[]
  /** Of `conf.d`, with the check that does not run for it. */
  readonly checkFaults: readonly CheckFault[]
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}

export interface CheckFault {
  readonly check: string
  readonly fault: string
}

/**
 * Reads `datadog.yaml` and `conf.d` beside the environment, which wins. `configPath`: a folder, or the file itself
 * (`--cfgpath`); `/etc/datadog-agent` by default, where nothing need be.
 */
export async function readConfig(env: Env, configPath?: string): Promise<LoadedConfig> {
  const real = (path: string): string => containerPath(path, env)
  const isFile = configPath !== undefined && /\.ya?ml$/.test(configPath)
  const folder = isFile ? configPath.replace(/\/?[^/]*$/, '') || '.' : (configPath ?? CONFIG_DIR)
  const name = isFile ? configPath : `${folder}/datadog.yaml`
  const wanted = configPath !== undefined || existsSync(real(name))
  const layers = mergeLayers(env, wanted ? await readYamlFile(real(name), name) : undefined)
  const config = configOf({ DD_CONFD_PATH: `${folder}/conf.d`, ...withoutEmpty(layers.env) })
  const checks = await readChecks(config)
  return {
    layers,
    config,
    checks: checks.configs,
    faults: layers.faults,
    checkFaults: checks.faults,
    warnings: [...layers.warnings, ...checks.warnings],
    notes: layers.notes,
  }
}

/** The same, but throws E_CONFIG when the environment or `datadog.yaml` is faulty. */
export async function readValidConfig(env: Env, configPath?: string): Promise<LoadedConfig> {
  const loaded = await readConfig(env, configPath)
  if (loaded.faults.length > 0) throw configFaults(loaded.faults)
  return loaded
}

const withoutEmpty = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))

interface Checks {
  readonly configs: readonly CheckConfig[]
  readonly faults: readonly CheckFault[]
  readonly warnings: readonly string[]
}

async function readChecks(config: AgentConfig): Promise<Checks> {
  const { files, faults: unreadable } = findCheckFiles(config.confdPath, (path) =>
    config.real(path),
  )
  const faults: CheckFault[] = unreadable.map((fault) => ({ check: 'conf.d', fault }))
  const warnings: string[] = []
  const configs: CheckConfig[] = []
  for (const { check, name, isDefault } of files) {
    if (!isCheckName(check)) {
      if (!isDefault) warnings.push(`${name}: there is no check ${check} in this agent`)
      continue
    }
    const found = { faults: [] as string[], warnings }
    const file = await readYamlFile(config.real(name), name)
    configs.push(...readCheckFile(file, check, config.kubelet, found))
    faults.push(...found.faults.map((fault) => ({ check, fault })))
  }
  for (const name of CHECK_NAMES) {
    // A check whose file is wrong does not run with other settings than those that were meant.
    const isConfigured = files.some((file) => file.check === name)
    if (!isConfigured) configs.push(defaultCheck(name, config.confdPath))
  }
  return { configs: withIds(configs, warnings), faults, warnings }
}

/** Several instances of a check get a hash; one that says the same as another is left out. */
function withIds(configs: readonly CheckConfig[], warnings: string[]): CheckConfig[] {
  const seen = new Set<string>()
  const identified: CheckConfig[] = []
  for (const config of configs.toSorted((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  )) {
    const several = configs.filter(({ name }) => name === config.name).length > 1
    const hash = instanceHash(config.instance, config.initConfig)
    const id = several ? `${config.name}:${hash}` : config.name
    if (seen.has(id)) {
      warnings.push(
        `${config.source.replace(/^file:/, '')}: an instance of ${config.name} is there twice`,
      )
    } else identified.push({ ...config, id })
    seen.add(id)
  }
  return identified
}
