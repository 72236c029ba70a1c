import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '../go-errors.ts'

/** A file of `conf.d` that configures a check. */
export interface CheckFile {
  readonly check: string
  /** In the container. */
  readonly name: string
  /** The Agent's own (`conf.yaml.default`), for checks that nobody has configured. */
  readonly isDefault: boolean
}

/** Not configurations of instances, though they end alike. */
const OTHERS = new Set(['auto_conf.yaml', 'metrics.yaml'])

/**
 * The files that count, sorted: `<check>.yaml` and `<check>.d/*.yaml`; of a check that has none, `<check>.d/*.yaml.default`.
 * A folder that is not there has none; one that cannot be read is a fault. Source: comp/core/autodiscovery/providers/file.go
 */
export function findCheckFiles(
  confdPath: string,
  real: (path: string) => string,
): { readonly files: readonly CheckFile[]; readonly faults: readonly string[] } {
  const files: CheckFile[] = []
  const faults: string[] = []
  const list = (folder: string): readonly string[] => {
    try {
      return readdirSync(real(folder)).sort()
    } catch (error) {
      const { code } = error as { code?: string }
      if (code !== 'ENOENT' && code !== 'ENOTDIR') faults.push(describe(error, folder))
      return []
    }
  }
  for (const entry of list(confdPath)) {
    const [, single] = /^([^.].*)\.ya?ml$/.exec(entry) ?? []
    if (single !== undefined)
      files.push({ check: single, name: join(confdPath, entry), isDefault: false })
    const [, check] = /^([^.].*)\.d$/.exec(entry) ?? []
    if (check === undefined) continue
    for (const member of list(join(confdPath, entry))) {
      if (!/^[^.].*\.ya?ml(\.default)?$/.test(member) || OTHERS.has(member)) continue
      const isDefault = member.endsWith('.default')
      files.push({
        check,
        name: join(confdPath, entry, member),
        isDefault,
      })
    }
  }
  const configured = new Set(files.filter((file) => !file.isDefault).map((file) => file.check))
  return { files: files.filter((file) => !file.isDefault || !configured.has(file.check)), faults }
}
