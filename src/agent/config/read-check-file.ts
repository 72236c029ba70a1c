import type { KubeletConfig } from '../config.ts'
import type { CheckConfig, CheckName } from './check-config.ts'
import { mapReader, type Found, type MapReader } from './map-reader.ts'
import {
  readCardinality,
  readFilters,
  readKubeletAccess,
  readKubeletOptions,
} from './read-instance.ts'
import { shown } from './values.ts'
import { isYamlMap, type YamlFile } from './yaml-file.ts'

/** The Agent's default for instances that do not say, in seconds. */
const DEFAULT_INTERVAL = 15
/** Options that every check of the Agent takes, and that say nothing to these two. */
const COMMON_WITHOUT_EFFECT: readonly string[] = [
  'service',
  'name',
  'empty_default_hostname',
  'loader',
  'metric_patterns',
]

/**
 * The instances of one file of `conf.d`. Faults and unknown keys go to `found`; with a fault the file has no instances, as for
 * the Agent. Ids are given later, when all files are known.
 */
export function readCheckFile(
  file: YamlFile,
  name: CheckName,
  agent: KubeletConfig,
  found: Found,
): readonly CheckConfig[] {
  const faults: string[] = [...file.faults]
  const own: Found = { faults, warnings: found.warnings }
  const configs = faults.length > 0 ? [] : readDocument(file, name, agent, own)
  found.faults.push(...faults)
  return faults.length > 0 ? [] : configs
}

function readDocument(
  file: YamlFile,
  name: CheckName,
  agent: KubeletConfig,
  found: Found,
): CheckConfig[] {
  if (!isYamlMap(file.value)) {
    found.faults.push(`${file.name}: must be a map with instances`)
    return []
  }
  const root = mapReader(file, [], file.value, found)
  const initConfig = root.value('init_config')
  const adIdentifiers = root.texts('ad_identifiers') ?? []
  if (adIdentifiers.some((id) => id !== `_${name}`)) {
    root.warn(
      'ad_identifiers',
      'has no effect: there is no autodiscovery in this agent, the check always runs',
    )
  }
  root.noEffect([
    'logs',
    'cluster_check',
    'ignore_autodiscovery_tags',
    'docker_images',
    'cel_selector',
  ])
  const instances = root.value('instances')
  root.noOtherKeys()
  if (!Array.isArray(instances) || instances.length === 0) {
    found.faults.push(`${file.at(['instances'])}: Configuration file contains no valid instances`)
    return []
  }
  const interval = readInitConfig(file, initConfig, found)
  return instances.map((instance: unknown, index) => {
    const common = {
      name,
      id: name,
      source: `file:${file.name}`,
      initConfig,
      adIdentifiers,
      instance,
    }
    return { ...common, ...readInstance(file, index, instance, { name, agent, interval, found }) }
  })
}

/** Gives the interval of instances that say none, in seconds. */
function readInitConfig(file: YamlFile, initConfig: unknown, found: Found): number {
  if (initConfig === undefined) return DEFAULT_INTERVAL
  if (!isYamlMap(initConfig)) {
    found.faults.push(
      `${file.at(['init_config'])}: init_config: must be a map, not ${shown(initConfig)}`,
    )
    return DEFAULT_INTERVAL
  }
  const reader = mapReader(file, ['init_config'], initConfig, found)
  const interval = reader.seconds('min_collection_interval')
  reader.noEffect(COMMON_WITHOUT_EFFECT)
  reader.noOtherKeys()
  return interval === undefined || interval === 0 ? DEFAULT_INTERVAL : interval
}

type Read = Pick<CheckConfig, 'intervalMs' | 'tags' | 'filters' | 'kubelet' | 'options'>

interface Setting {
  readonly name: CheckName
  readonly agent: KubeletConfig
  readonly interval: number
  readonly found: Found
}

function readInstance(file: YamlFile, index: number, instance: unknown, setting: Setting): Read {
  const { name, agent, found } = setting
  const path = ['instances', index]
  // `instances: [{}]` and `- ` are both an instance with nothing said.
  if (instance !== null && !isYamlMap(instance)) {
    found.faults.push(
      `${file.at(path)}: instances[${index}]: must be a map, not ${shown(instance)}`,
    )
  }
  const reader = mapReader(file, path, isYamlMap(instance) ? instance : {}, found)
  const read: Read = {
    intervalMs: 1000 * intervalOf(reader, setting.interval),
    tags: reader.texts('tags') ?? [],
    filters: readFilters(reader),
    kubelet: name === 'kubelet' ? readKubeletAccess(reader, agent) : {},
    options: name === 'kubelet' ? readKubeletOptions(reader) : readCardinality(reader),
  }
  reader.noEffect(COMMON_WITHOUT_EFFECT)
  reader.noOtherKeys()
  return read
}

/** 0 means the default, as for the Agent. */
function intervalOf(reader: MapReader, otherwise: number): number {
  const interval = reader.seconds('min_collection_interval')
  return interval === undefined || interval === 0 ? otherwise : interval
}
