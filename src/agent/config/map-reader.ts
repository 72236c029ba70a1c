import { suggestion } from './spelling.ts'
import { flagOf, secondsOf, textOf, textsOf, type Checked } from './values.ts'
import type { YamlFile } from './yaml-file.ts'

/** A map of a YAML file that is read key by key; wrong values are faults with file and line, and reading goes on. */
export interface MapReader {
  /** The value itself, and its key is known from now on; null is not set. */
  value(name: string): unknown
  flag(...names: string[]): boolean | undefined
  seconds(name: string): number | undefined
  text(...names: string[]): string | undefined
  texts(name: string): readonly string[] | undefined
  /** As `check` says. */
  checked<T>(name: string, check: (value: unknown) => Checked<T>): T | undefined
  fault(name: string, text: string): void
  warn(name: string, text: string): void
  /** Keys that the Agent knows and that do nothing here. */
  noEffect(names: readonly string[]): void
  /** Ends the reading: keys that were not asked for are warned of. */
  noOtherKeys(): void
}

export interface Found {
  readonly faults: string[]
  readonly warnings: string[]
}

export function mapReader(
  file: YamlFile,
  path: readonly (string | number)[],
  map: Readonly<Record<string, unknown>>,
  { faults, warnings }: Found,
): MapReader {
  const known = new Set<string>()
  const where = (name: string): string => `${file.at([...path, name])}: ${name}`
  const reader: MapReader = {
    value(name) {
      known.add(name)
      return map[name] ?? undefined
    },
    checked(name, check) {
      const value = reader.value(name)
      if (value === undefined) return undefined
      const checked = check(value)
      if (checked.fault !== undefined) reader.fault(name, checked.fault)
      return checked.value
    },
    flag: (...names) => first(names, (name) => reader.checked(name, flagOf)),
    text: (...names) => first(names, (name) => reader.checked(name, textOf)),
    seconds: (name) => reader.checked(name, secondsOf),
    texts: (name) => reader.checked(name, textsOf),
    fault: (name, text) => void faults.push(`${where(name)}: ${text}`),
    warn: (name, text) => void warnings.push(`${where(name)} ${text}`),
    noEffect(names) {
      for (const name of names) {
        if (reader.value(name) !== undefined) reader.warn(name, 'has no effect in this agent')
      }
    },
    noOtherKeys() {
      for (const name of Object.keys(map)) {
        if (known.has(name)) continue
        const at = file.at([...path, name])
        warnings.push(`${at}: Unknown key in config file: ${name}${suggestion(name, known)}`)
      }
    },
  }
  /** A key under its several names: all are read, so that all are checked; the first that is set counts. */
  const first = <T>(
    names: readonly string[],
    read: (name: string) => T | undefined,
  ): T | undefined => {
    const set = names
      .map((name) => ({ name, value: read(name) }))
      .filter((one) => one.value !== undefined)
    for (const one of set.slice(1)) {
      if (one.value !== set[0]?.value) reader.fault(one.name, `contradicts ${set[0]?.name ?? ''}`)
    }
    return set[0]?.value
  }
  return reader
}
