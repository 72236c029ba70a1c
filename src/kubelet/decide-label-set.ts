import { isUtf8 } from 'node:buffer'
import { CONTAINER, ID, NAME, NAMESPACE, POD, type MetricsRules } from './cadvisor-rules.ts'
import { DROP_REASONS, type DropReason } from './drop-reasons.ts'
import { copyText } from './exposition-bytes.ts'
import type { LabelSpans } from './exposition-tokenizer.ts'
import { virtualCgroupPath, virtualRuntimeName } from './host-identity.ts'
import { growArena, HOST_NETWORK, type LabelSetMemo } from './label-set-memo.ts'
import type { OwnerLookup } from './owner.ts'
import {
  addIdentity,
  findIdentity,
  type RowIdentities,
  type RowIdentity,
} from './row-identities.ts'

const verdictOf = (reason: DropReason): number => -1 - DROP_REASONS.indexOf(reason)
export const reasonOf = (verdict: number): number => -1 - verdict

export const MALFORMED: number = verdictOf('malformed')
export const DUPLICATE_LABEL: number = verdictOf('duplicate-label')
export const NO_OWNER: number = verdictOf('no-owner')
const UNKNOWN_LABEL = verdictOf('unknown-label')
const STALE = verdictOf('stale')
const HOST_ONLY = verdictOf('host-only')

export interface DecisionContext {
  readonly input: Buffer
  readonly view: DataView
  readonly owners: OwnerLookup
  readonly rules: MetricsRules
  readonly spans: LabelSpans
  readonly identities: RowIdentities
}

/**
 * Decides the label set that was just scanned: whose it is, or why nobody's, and for an owned one what it says under
 * virtual names (appended to the arena). Returns the verdict; the caller stores it.
 */
export function decideLabelSet(
  context: DecisionContext,
  memo: LabelSetMemo,
  entry: number,
  start: number,
  end: number,
): number {
  const { input, spans, identities, view } = context
  if (spans.high && !isUtf8(input.subarray(start, end))) return MALFORMED
  const identity =
    findIdentity(identities, view, spans) ??
    addIdentity(identities, view, spans, identify(context, memo))
  if (identity.verdict < 0) return identity.verdict
  for (let i = 0; i < spans.count; i++) if ((spans.ids[i] as number) < 0) return UNKNOWN_LABEL
  memo.flags[entry] = identity.flags
  memo.outStart[entry] = memo.arenaUsed
  rewrite(context, memo, identity, start, end)
  memo.outLength[entry] = memo.arenaUsed - memo.outStart[entry]
  return identity.verdict
}

/** Copies the label set into the arena, with the identifying values replaced. */
function rewrite(
  context: DecisionContext,
  memo: LabelSetMemo,
  identity: RowIdentity,
  start: number,
  end: number,
): void {
  const { spans, view } = context
  const { outStarts, outLengths } = identity
  let room = end - start
  for (const length of outLengths) room += length
  growArena(memo, room)
  let from = start
  for (let i = 0; i < spans.count; i++) {
    const id = spans.ids[i] as number
    if (id >= outStarts.length) continue
    append(memo, view, from, (spans.valueStart[i] as number) - from)
    append(memo, memo.arenaView, outStarts[id] as number, outLengths[id] as number)
    from = spans.valueEnd[i] as number
  }
  append(memo, view, from, end - from)
}

function append(memo: LabelSetMemo, source: DataView, from: number, length: number): void {
  copyText(memo.arenaView, memo.arenaUsed, source, from, length)
  memo.arenaUsed += length
}

type Finding = Pick<RowIdentity, 'verdict' | 'flags' | 'outStarts' | 'outLengths'>

const refused = (verdict: number): Finding => ({ verdict, flags: 0, outStarts: [], outLengths: [] })

/** Whom the scanned label set is about. Values are compared as they are written: an escaped one is no Kubernetes name. */
function identify(context: DecisionContext, memo: LabelSetMemo): Finding {
  const valueOf = (label: number): string | undefined => {
    const place = context.spans.places[label] ?? -1
    if (place < 0) return undefined
    const { valueStart, valueEnd } = context.spans
    return context.input.toString('latin1', valueStart[place], valueEnd[place])
  }
  const namespace = valueOf(NAMESPACE)
  const pod = valueOf(POD)
  if (!namespace || !pod) return refused(NO_OWNER)
  const owner = context.owners(namespace, pod)
  if (owner === undefined) return refused(NO_OWNER)

  const path = valueOf(ID)
  const isFree = path === undefined && !context.rules.needsId
  const virtualPath = isFree ? '' : virtualCgroupPath(path ?? '', owner)
  if (virtualPath === undefined) return refused(STALE)
  if (owner.hostOnlyContainers.has(valueOf(CONTAINER) ?? '')) return refused(HOST_ONLY)
  const values = [
    owner.virtual.namespace,
    owner.virtual.name,
    virtualPath,
    virtualRuntimeName(valueOf(NAME) ?? '', owner),
  ]
  const outLengths: number[] = []
  const outStarts = values.map((value) => {
    const start = memo.arenaUsed
    const text = escaped(value)
    growArena(memo, text.length * 3)
    memo.arenaUsed += memo.arena.write(text, start)
    outLengths.push(memo.arenaUsed - start)
    return start
  })
  const flags = owner.hostNetwork ? HOST_NETWORK : 0
  return { verdict: owner.slice, flags, outStarts, outLengths }
}

/** A label value as the text format writes it. */
function escaped(value: string): string {
  if (!/["\\\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
