import { isUtf8 } from 'node:buffer'
import type { DropReason, MetricsRules, NodeView, OwnerLookup } from '../../src/kubelet/index.ts'
import { virtualCgroupPath, virtualRuntimeName } from '../../src/kubelet/host-identity.ts'

/**
 * The same division of metrics as `partitionMetrics`, written to be plainly right: line by line, with regular
 * expressions, nothing remembered. Property tests hold the fast one against it.
 */
export function partitionSlowly(
  input: Buffer,
  owners: OwnerLookup,
  { views, rules }: { views: readonly NodeView[]; rules: MetricsRules },
): { slices: string[]; kept: number; dropped: Partial<Record<DropReason, number>> } {
  const slices = views.map(() => '')
  const dropped: Partial<Record<DropReason, number>> = {}
  let kept = 0
  let family = { name: '', type: '', header: '', scattered: true, headerIn: new Set<number>() }
  const seen = new Set<string>()
  const add = (slice: number, text: string): void => {
    slices[slice] = (slices[slice] ?? '') + text
  }
  const start = (name: string): void => {
    family = { name, type: '', header: '', scattered: seen.has(name), headerIn: new Set() }
    seen.add(name)
  }

  const text = input.toString('latin1')
  const lines = text.split('\n')
  if (lines.pop() !== '') dropped.truncated = 1
  for (const line of lines) {
    if (line === '') continue
    if (line.startsWith('#')) {
      const header = /^# (HELP|TYPE) ([A-Za-z_:][A-Za-z0-9_:]*) (.*)$/.exec(line)
      if (!header || !isText(line)) continue
      const [, keyword, name = '', rest = ''] = header
      if (keyword === 'TYPE' && !/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) continue
      if (name !== family.name) start(name)
      if (keyword === 'TYPE' ? family.type !== '' : family.header !== '') continue
      if (keyword === 'TYPE') family.type = rest
      family.header += `${line}\n`
      continue
    }
    const fate = fateOf(line)
    if (typeof fate === 'string') dropped[fate] = (dropped[fate] ?? 0) + 1
    else {
      kept++
      if (!family.headerIn.has(fate.slice)) add(fate.slice, family.header)
      family.headerIn.add(fate.slice)
      add(fate.slice, `${fate.line}\n`)
    }
  }
  return { slices, kept, dropped }

  function fateOf(line: string): DropReason | { slice: number; line: string } {
    const [, name, rest = ''] = /^([A-Za-z_:][A-Za-z0-9_:]*)([{ ].*)$/s.exec(line) ?? []
    if (name === undefined) return 'malformed'
    const suffixes = { histogram: ['_bucket', '_sum', '_count'], summary: ['_sum', '_count'] }
    const own = suffixes[family.type as 'histogram'] as string[] | undefined
    const isOwn = name === family.name || own?.some((suffix) => name === family.name + suffix)
    if (!isOwn) start(name)

    const set = /^\{(?:[A-Za-z_][A-Za-z0-9_]*="(?:[^"\\]|\\[\\"n])*"(?:,(?!\})|(?=\})))*\}/.exec(
      rest,
    )
    const labelText = set?.[0] ?? ''
    if (rest.startsWith('{') && set === null) return duplicateOr(rest, 'malformed')
    const pairs = [...labelText.matchAll(/([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"/g)].map(
      ([, label = '', value = '']) => [label, value] as const,
    )
    if (hasControl(labelText)) return duplicateOr(rest, 'malformed')
    if (new Set(pairs.map(([label]) => label)).size < pairs.length) return 'duplicate-label'
    if (pairs.length > 32) return 'malformed'
    const tail = rest.slice(labelText.length)
    const number = /^ (?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]?Inf)(?: -?\d+)?$/
    if (!number.test(tail) || tail.length >= 128) return 'malformed'
    if (labelText === '')
      return rules.familyRule(family.name) === 'machine' ? 'node-fact' : 'no-owner'

    const rule = rules.familyRule(family.name)
    const verdict = ownerOf(labelText, new Map(pairs))
    if (typeof verdict === 'string') return rule === 'machine' ? 'node-fact' : verdict
    if (family.scattered) return 'scattered-family'
    const { owner } = verdict
    if (rule === 'unknown') return 'unknown-family'
    if (rule === 'machine') return 'node-fact'
    if (rule === 'network' && owner.hostNetwork) return 'node-fact'
    if (rule === 'disk-capacity' && views[owner.slice] !== 'capacity') return 'node-fact'
    const labels = pairs.map(
      ([label, value]) => `${label}="${verdict.changed.get(label) ?? value}"`,
    )
    return { slice: owner.slice, line: `${name}{${labels.join(',')}}${tail}` }
  }

  /** The fast one finds a repeated name while it reads, so before a fault that stands behind it. */
  function duplicateOr(rest: string, other: DropReason): DropReason {
    const names = new Set<string>()
    let at = 1
    const pair = /([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\x00-\x1f\x7f]|\\[\\"n])*)"/y
    for (let count = 0; ; count++) {
      const nameAndQuote = /([A-Za-z_][A-Za-z0-9_]*)="/y
      nameAndQuote.lastIndex = at
      const name = nameAndQuote.exec(rest)?.[1]
      if (name === undefined || count === 32) return other
      if (names.has(name)) return 'duplicate-label'
      names.add(name)
      pair.lastIndex = at
      if (!pair.test(rest) || rest[pair.lastIndex] !== ',') return other
      at = pair.lastIndex + 1
    }
  }

  function ownerOf(
    labelText: string,
    labels: ReadonlyMap<string, string>,
  ): DropReason | { owner: NonNullable<ReturnType<OwnerLookup>>; changed: Map<string, string> } {
    if (!isUtf8(Buffer.from(labelText, 'latin1'))) return 'malformed'
    const namespace = labels.get('namespace')
    const pod = labels.get('pod')
    const owner = namespace && pod ? owners(namespace, pod) : undefined
    if (!owner) return 'no-owner'
    const path = virtualCgroupPath(labels.get('id') ?? '', owner)
    if (path === undefined) return 'stale'
    if (owner.hostOnlyContainers.has(labels.get('container') ?? '')) return 'host-only'
    for (const label of labels.keys())
      if (!rules.labels.list.includes(label)) return 'unknown-label'
    const name = virtualRuntimeName(labels.get('name') ?? '', owner)
    const { virtual } = owner
    const changed = new Map([
      ['namespace', virtual.namespace],
      ['pod', virtual.name],
      ['id', path],
      ['name', name],
    ])
    return { owner, changed }
  }
}

// Control characters are what this looks for.

const hasControl = (text: string): boolean => /[\x00-\x1f\x7f]/.test(text)
const isText = (line: string): boolean => !hasControl(line) && isUtf8(Buffer.from(line, 'latin1'))
