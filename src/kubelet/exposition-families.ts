import { isUtf8 } from 'node:buffer'
import type { FamilyRule, MetricsRules } from './metrics-rules.ts'

/** The family whose lines are being read: the `# HELP` and `# TYPE` lines that belong to it, and its rule. */
export interface Family {
  /** Counts up with every family. */
  readonly number: number
  readonly name: string
  rule: FamilyRule
  /** `summary` and `histogram` families have series of other names. */
  type: string
  /** The header as it is written into a slice. */
  header: Buffer
  /** The lines of this name stood elsewhere already. */
  readonly scattered: boolean
}

export interface Families {
  current: Family
  readonly seen: Set<string>
}

export const NO_FAMILY: Family = {
  number: -1,
  name: '',
  rule: 'unknown',
  type: '',
  header: Buffer.alloc(0),
  scattered: true,
}

export function createFamilies(): Families {
  return { current: NO_FAMILY, seen: new Set() }
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
}

function startFamily(families: Families, name: string, rules: MetricsRules): Family {
  const scattered = families.seen.has(name)
  families.seen.add(name)
  const number = families.current.number + 1
  const rule = rules.familyRule(name)
  families.current = { number, name, rule, type: '', header: Buffer.alloc(0), scattered }
  return families.current
}

/** The family of a series name: the current one, or a new one without a header. */
export function familyOfSeries(families: Families, series: string, rules: MetricsRules): Family {
  const { current } = families
  if (series === current.name) return current
  for (const suffix of SUFFIXES[current.type] ?? []) {
    if (series === current.name + suffix) return current
  }
  return startFamily(families, series, rules)
}

const HEADER = /^# (HELP|TYPE) ([A-Za-z_:][A-Za-z0-9_:]*) (.*)$/
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])
// Control characters are what this looks for.

const CONTROL = /[\x00-\x1f\x7f]/

/**
 * Reads a comment line (without its line end). Only well-formed HELP and TYPE lines count; each of them at most once per
 * family, before the family's first series. Other comments are left out.
 */
export function readComment(families: Families, line: Buffer, rules: MetricsRules): void {
  const text = line.toString('latin1')
  const [, keyword, name = '', rest = ''] = HEADER.exec(text) ?? []
  if (keyword === undefined || CONTROL.test(text) || !isUtf8(line)) return
  const isType = keyword === 'TYPE'
  if (isType && !TYPES.has(rest)) return
  let family = families.current
  if (family.name !== name) family = startFamily(families, name, rules)
  const has = family.header.toString('latin1')
  if (isType ? family.type !== '' : has !== '') return
  if (isType) family.type = rest
  family.header = Buffer.concat([family.header, line, Buffer.from('\n')])
}
