import type { Env } from '../config.ts'
import { ALIASES, ENV_ALIASES, KEYS, KEY_OF_ENV, envNameOf } from './keys.ts'
import { OTHER_VARIABLES, judgeKey } from './other-keys.ts'
import { PROXY_VARIABLES, isIgnoredKey, whyWithoutEffect } from './without-effect.ts'
import { variableOf } from './values.ts'
import { readVclusters } from './vclusters.ts'
import { isYamlMap, type YamlFile } from './yaml-file.ts'

/** The environment and `datadog.yaml` as one: the environment wins, key by key. */
export interface Layers {
  /** As if all had been set in the environment; every known value is as it should be. */
  readonly env: Env
  /** What is wrong, each with the key and where it was set. No value of a secret. */
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  /** Keys of the Agent that have no effect here. */
  readonly notes: readonly string[]
  /** The same text with each variable that `datadog.yaml` set named as it is there: `site (/etc/…/datadog.yaml:3)`. */
  named(text: string): string
}

interface FileValue {
  readonly key: string
  readonly at: string
  readonly text: string
}

interface Findings {
  readonly faults: string[]
  readonly warnings: string[]
  readonly notes: string[]
}

export function mergeLayers(env: Env, file: YamlFile | undefined): Layers {
  const found: Findings = { faults: [...(file?.faults ?? [])], warnings: [], notes: [] }
  const fromFile = file ? readFile(file, found) : new Map<string, FileValue>()
  const fromEnv = readEnvironment(env, found)
  found.faults.push(...readVclusters(env).faults)
  const merged: Record<string, string | undefined> = { ...env }
  for (const [variable, { text }] of fromFile) merged[variable] = text
  for (const [variable, text] of fromEnv) merged[variable] = text
  const sourceOf = (variable: string): FileValue | undefined =>
    fromEnv.has(variable) ? undefined : fromFile.get(variable)
  found.warnings.push(...halfPair(merged, sourceOf))
  return {
    env: merged,
    ...found,
    named: (text) =>
      text.replace(/\bDD_[A-Z0-9_]+/g, (variable) => {
        const value = sourceOf(variable)
        return value ? `${value.key} (${value.at})` : variable
      }),
  }
}

/** A certificate without its key, or the other way round, is no credential. */
function halfPair(env: Env, sourceOf: (variable: string) => FileValue | undefined): string[] {
  const pair = ['DD_KUBELET_CLIENT_CRT', 'DD_KUBELET_CLIENT_KEY']
  const [set, ...more] = pair.filter((name) => (env[name] ?? '') !== '')
  if (set === undefined || more.length > 0) return []
  const source = sourceOf(set)
  const name = source ? `${source.at}: ${source.key}` : set
  return [`${name} has no effect without ${pair.find((one) => one !== set) ?? ''}`]
}

/** Known variables that are set, checked; an empty one is not set, as for the Agent. */
function readEnvironment(env: Env, found: Findings): Map<string, string> {
  const { faults, warnings } = found
  const values = new Map<string, string>()
  const isSet = (name: string): boolean => (env[name] ?? '') !== ''
  for (const name of PROXY_VARIABLES.filter(isSet)) {
    warnings.push(
      `${name} has no effect in this agent: ${whyWithoutEffect('proxy', env[name]) ?? ''}`,
    )
  }
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('DD_') || !isSet(name)) continue
    const canonical = ENV_ALIASES[name] ?? name
    const key = KEY_OF_ENV.get(canonical)
    if (key === undefined) {
      judgeVariable(name, env[name], found)
      continue
    }
    if (canonical !== name && isSet(canonical)) {
      if (env[canonical] !== env[name]) {
        warnings.push(`${name} is overridden by ${canonical}, which means the same`)
      }
      continue
    }
    const checked = variableOf(KEYS[key] ?? 'text', env[name])
    if (checked.fault === undefined) values.set(canonical, checked.value)
    else faults.push(`${name}: ${checked.fault}`)
  }
  return values
}

function judgeVariable(name: string, value: string | undefined, found: Findings): void {
  if (OTHER_VARIABLES.includes(name)) return
  const key = name.slice('DD_'.length).toLowerCase()
  const known = [...KEY_OF_ENV.keys(), ...Object.keys(ENV_ALIASES)]
  const verdict = judge(
    key,
    known.map((one) => one.slice('DD_'.length).toLowerCase()),
  )
  if (verdict.kind === 'no-effect') sayWithoutEffect(name, key, value, found)
  else {
    const meant = verdict.suggestion.replace(
      /mean (\w+)/,
      (_, word: string) => `mean DD_${word.toUpperCase()}`,
    )
    found.warnings.push(`Unknown environment variable: ${name}${meant}`)
  }
}

/** The keys of `datadog.yaml` by their variables, nested ones joined with dots. */
function readFile(file: YamlFile, found: Findings): Map<string, FileValue> {
  const values = new Map<string, FileValue>()
  if (file.value === undefined || file.value === null) return values
  if (!isYamlMap(file.value)) {
    found.faults.push(`${file.name}: must be a map of keys and values`)
    return values
  }
  readMap(file, file.value, [], found, values)
  return values
}

function readMap(
  file: YamlFile,
  map: Readonly<Record<string, unknown>>,
  path: readonly string[],
  found: Findings,
  values: Map<string, FileValue>,
): void {
  for (const [name, value] of Object.entries(map)) {
    const here = [...path, name]
    const written = here.join('.')
    const key = Object.hasOwn(ALIASES, written) ? (ALIASES[written] ?? written) : written
    const at = file.at(here)
    if (Object.hasOwn(KEYS, key)) {
      // The key itself wins over its other name, wherever they stand.
      if (key !== written && Object.hasOwn(map, key)) {
        found.warnings.push(`${at}: ${written} is overridden by ${key}, which means the same`)
      } else takeValue(file, here, key, value, found, values)
    } else if (isYamlMap(value) && leadsToKey(written)) {
      readMap(file, value, here, found, values)
    } else judgeFileKey(written, value, at, found)
  }
}

function takeValue(
  file: YamlFile,
  path: readonly string[],
  key: string,
  value: unknown,
  found: Findings,
  values: Map<string, FileValue>,
): void {
  if (value === null || value === '') return
  const at = file.at(path)
  const checked = variableOf(KEYS[key] ?? 'text', value)
  if (checked.fault === undefined) values.set(envNameOf(key), { key, at, text: checked.value })
  else found.faults.push(`${at}: ${path.join('.')}: ${checked.fault}`)
}

const leadsToKey = (path: string): boolean =>
  Object.keys(KEYS).some((key) => key.startsWith(`${path}.`))

function judgeFileKey(key: string, value: unknown, at: string, found: Findings): void {
  const verdict = judge(key, [...Object.keys(KEYS), ...Object.keys(ALIASES)])
  if (verdict.kind === 'no-effect') sayWithoutEffect(`${at}: ${key}`, key, value, found)
  else found.warnings.push(`${at}: Unknown key in config file: ${key}${verdict.suggestion}`)
}

/** A key that is in a table by its very name is no misspelling. */
const judge = (key: string, known: Iterable<string>): ReturnType<typeof judgeKey> =>
  isIgnoredKey(key) ? { kind: 'no-effect' } : judgeKey(key, known)

/** What somebody may rely on is a warning with the reason. */
function sayWithoutEffect(name: string, key: string, value: unknown, found: Findings): void {
  const why = whyWithoutEffect(key, value)
  const text = `${name} has no effect in this agent`
  if (why === undefined) found.notes.push(text)
  else found.warnings.push(`${text}: ${why}`)
}
