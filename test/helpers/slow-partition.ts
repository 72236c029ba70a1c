import { isUtf8 } from 'node:buffer'
import type {
  ClaimLookup,
  DropReason,
  LabelRole,
  MetricsRules,
  NodeView,
  OwnerLookup,
} from '../../src/kubelet/index.ts'
import {
  isDeviceName,
  virtualCgroupPath,
  virtualRuntimeName,
} from '../../src/kubelet/host-identity.ts'

/**
 * The same division of metrics as `partitionMetrics`, written to be plainly right: line by line, with regular
 * expressions, nothing remembered. Property tests hold the fast one against it.
 */
export function partitionSlowly(
  input: Buffer,
  owners: OwnerLookup,
  {
    views,
    rules,
    claims = () => undefined,
  }: { views: readonly NodeView[]; rules: MetricsRules; claims?: ClaimLookup },
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
    const { slice, hostNetwork } = verdict
    if (rule === 'unknown') return 'unknown-family'
    if (rule === 'machine') return 'node-fact'
    if (rule === 'network' && hostNetwork) return 'node-fact'
    if (rule === 'disk-capacity' && views[slice] !== 'capacity') return 'node-fact'
    const labels = pairs.map(
      ([label, value]) => `${label}="${verdict.changed.get(label) ?? value}"`,
    )
    return { slice, line: `${name}{${labels.join(',')}}${tail}` }
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
  ): DropReason | { slice: number; hostNetwork: boolean; changed: Map<string, string> } {
    if (!isUtf8(Buffer.from(labelText, 'latin1'))) return 'malformed'
    const verdict = whose(labels)
    if (typeof verdict === 'string') return verdict
    for (const label of labels.keys())
      if (!rules.labels.list.includes(label)) return 'unknown-label'
    const device = rules.device < 0 ? undefined : labels.get('device')
    if (device && !isDeviceName(device)) return 'node-fact'
    return verdict
  }

  function whose(
    labels: ReadonlyMap<string, string>,
  ): DropReason | { slice: number; hostNetwork: boolean; changed: Map<string, string> } {
    const named = (role: LabelRole): string[] =>
      rules.labels.list.filter((label, i) => rules.roles[i] === role && labels.has(label))
    const all = (role: LabelRole): string[] => named(role).map((label) => labels.get(label) ?? '')
    const changed = new Map<string, string>()
    const change = (role: LabelRole, to: string): void => {
      for (const label of named(role)) changed.set(label, to)
    }
    const namespace = all('namespace')[0] ?? ''
    const claimName = all('claim')[0]
    const claim = claimName ? claims(namespace, claimName) : undefined
    if (claimName !== undefined && !claim) return 'no-owner'
    if (claim) {
      change('namespace', claim.virtual.namespace)
      change('claim', claim.virtual.name)
    }
    if (named('pod').length === 0) {
      const isClaims = claim && all('uid').length + all('container').length === 0
      return isClaims ? { slice: claim.slice, hostNetwork: false, changed } : 'no-owner'
    }
    const pod = all('pod')[0] ?? ''
    const owner = namespace && pod ? owners(namespace, pod) : undefined
    if (!owner) return 'no-owner'
    const { virtual, slice, hostNetwork } = owner
    if (claim && (claim.slice !== slice || claim.virtual.namespace !== virtual.namespace))
      return 'no-owner'
    const cgroups = all('cgroup')
    if (cgroups.length > 0 || rules.needsCgroup) {
      const path = virtualCgroupPath(cgroups[0] ?? '', owner)
      if (path === undefined) return 'stale'
      change('cgroup', path)
    }
    if (!all('uid').every((uid) => uid === owner.hostUid)) return 'stale'
    const container = all('container')[0] ?? ''
    if (owner.hostOnlyContainers.has(container)) return 'host-only'
    change('namespace', virtual.namespace)
    change('pod', virtual.name)
    change('uid', virtual.uid)
    change('runtime-name', virtualRuntimeName(all('runtime-name')[0] ?? '', owner))
    if (container === '' || container === 'POD') change('image', '')
    return { slice, hostNetwork, changed }
  }
}

// Control characters are what this looks for.

const hasControl = (text: string): boolean => /[\x00-\x1f\x7f]/.test(text)
const isText = (line: string): boolean => !hasControl(line) && isUtf8(Buffer.from(line, 'latin1'))
