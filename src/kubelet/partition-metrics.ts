import {
  decideLabelSet,
  DUPLICATE_LABEL,
  MALFORMED,
  NO_OWNER,
  reasonOf,
  type DecisionContext,
} from './decide-label-set.ts'
import { DROP_REASONS, type DropCounts } from './drop-reasons.ts'
import { equalText, viewOf } from './exposition-bytes.ts'
import {
  createFamilies,
  familyOfSeries,
  readComment,
  type Families,
} from './exposition-families.ts'
import { tailEnd } from './exposition-tail.ts'
import { createLabelSpans, scanLabels } from './exposition-tokenizer.ts'
import {
  addLabelSet,
  createLabelSetMemo,
  findLabelSet,
  foretell,
  foretold,
  HOST_NETWORK,
  type LabelSetMemo,
} from './label-set-memo.ts'
import type { FamilyRule, MetricsRules } from './metrics-rules.ts'
import type { ClaimLookup, NodeView, OwnerLookup } from './owner.ts'
import { createRowIdentities } from './row-identities.ts'
import { appendText, createSliceOutput, finish, reserve, type SliceOutput } from './slice-output.ts'

export interface Partition {
  /** One valid exposition text per slice; empty for a slice without rows. */
  readonly slices: readonly Buffer[]
  /** Sample lines that went into a slice. */
  readonly kept: number
  /** Sample lines that went nowhere. */
  readonly dropped: DropCounts
}

/** The slices to make: one node view each. */
export interface PartitionOptions {
  readonly views: readonly NodeView[]
  readonly rules: MetricsRules
  /** Who owns which claim; without it, rows about claims are nobody's. */
  readonly claims?: ClaimLookup
}

interface Work extends DecisionContext {
  /** Offset after the last line end. */
  readonly end: number
  readonly memo: LabelSetMemo
  readonly families: Families
  readonly outputs: readonly SliceOutput[]
  readonly views: readonly NodeView[]
  readonly drops: Int32Array
  /** Bytes of the machine families, for the slices that are told about capacity. */
  readonly machine: Buffer[]
  kept: number
  /** The series name of the last line, as a span of the input, and its family. */
  nameStart: number
  nameLength: number
  /** The label set of the last line. */
  previous: number
}

const NEWLINE = 0x0a
const SPACE = 0x20
const HASH = 0x23
const OPEN = 0x7b
const REASON: Readonly<Record<(typeof DROP_REASONS)[number], number>> = Object.fromEntries(
  DROP_REASONS.map((reason, index) => [reason, index]),
) as Record<(typeof DROP_REASONS)[number], number>

/**
 * Divides a kubelet's metrics among all slices in one pass. Every label set is tokenized and decided once, every line's
 * value and timestamp are checked, and both are copied as text. Rows without an owner go nowhere, and so does everything
 * that is not plainly a sample line: fail closed.
 */
export function partitionMetrics(
  input: Buffer,
  owners: OwnerLookup,
  options: PartitionOptions,
): Partition {
  const work = startWork(input, owners, options)
  advance(work, 0, work.end)
  return finishWork(work)
}

/** The bytes that are divided in one turn: some two milliseconds. */
const TURN_BYTES = 1024 * 1024

/** The same, in turns: between two of them `pause` is waited for, and other work goes on. The input must stay as it is. */
export async function partitionMetricsInTurns(
  input: Buffer,
  owners: OwnerLookup,
  options: PartitionOptions,
  pause: () => Promise<unknown>,
  turnBytes: number = TURN_BYTES,
): Promise<Partition> {
  const work = startWork(input, owners, options)
  for (let at = 0; at < work.end;) {
    at = advance(work, at, Math.min(work.end, at + turnBytes))
    await pause()
  }
  return finishWork(work)
}

/** Divides the lines that start between `at` and `until`; returns where the next one starts. */
function advance(work: Work, at: number, until: number): number {
  const { input } = work
  let next = at
  while (next < until) {
    const first = input[next]
    next = first === HASH || first === NEWLINE ? comment(work, next) : sample(work, next)
  }
  return next
}

function finishWork(work: Work): Partition {
  if (work.end < work.input.length) count(work, REASON.truncated)
  addMachine(work)
  const dropped = Object.fromEntries(DROP_REASONS.map((reason, i) => [reason, work.drops[i] ?? 0]))
  return { slices: work.outputs.map(finish), kept: work.kept, dropped: dropped as DropCounts }
}

function startWork(input: Buffer, owners: OwnerLookup, options: PartitionOptions): Work {
  const { views, rules, claims = () => undefined } = options
  const share = Math.ceil(input.length / Math.max(1, views.length))
  return {
    input,
    view: viewOf(input),
    end: input.lastIndexOf(NEWLINE) + 1,
    owners,
    claims,
    rules,
    views,
    spans: createLabelSpans(),
    identities: createRowIdentities(rules),
    memo: withHead(createLabelSetMemo(input.length)),
    families: createFamilies(),
    outputs: views.map(() => createSliceOutput(share)),
    drops: new Int32Array(DROP_REASONS.length),
    machine: [],
    kept: 0,
    nameStart: 0,
    nameLength: 0,
    previous: HEAD,
  }
}

/** Stands before the first label set of every family, and for a line without labels. */
const HEAD = 0

function withHead(memo: LabelSetMemo): LabelSetMemo {
  memo.count = 1
  memo.verdict[HEAD] = NO_OWNER
  return memo
}

/** Reads the sample line at `at`; returns where the next line starts. */
function sample(work: Work, at: number): number {
  const { input, view, memo } = work
  let next = at + work.nameLength
  if (!isSameSeries(work, at, next)) {
    next = startSeries(work, at)
    if (next < 0) return dropLine(work, at, REASON.malformed)
  }
  let entry = HEAD
  if (input[next] === OPEN) {
    entry = foretold(memo, view, work.previous, next)
    if (entry < 0) {
      entry = readLabelSet(work, next)
      if (entry < 0) return dropLine(work, at, reasonOf(entry))
      foretell(memo, work.previous, entry)
    }
    work.previous = entry
    next += memo.length[entry] as number
  }
  const lineEnd = tailEnd(input, next)
  if (lineEnd < 0) return dropLine(work, at, REASON.malformed)

  const { current: family } = work.families
  const verdict = memo.verdict[entry] as number
  const reason =
    family.rule === 'keep' && !family.scattered && verdict >= 0
      ? -1
      : refusal(work, verdict, entry, family.rule)
  if (reason >= 0) {
    count(work, reason)
    if (family.rule === 'machine') keepMachine(work, next, lineEnd)
  } else emit(work, verdict, entry, next, lineEnd)
  return lineEnd
}

function isSameSeries(work: Work, at: number, end: number): boolean {
  const { view, nameLength } = work
  if (nameLength === 0 || !equalText(view, at, view, work.nameStart, nameLength)) return false
  const after = work.input[end]
  return after === OPEN || after === SPACE
}

/** Reads a series name that is not the last line's. Returns where it ends; -1: it is none. */
function startSeries(work: Work, at: number): number {
  const { input } = work
  let end = at
  while (isNameByte(input[end] as number, end === at)) end++
  const after = input[end]
  if (end === at || (after !== OPEN && after !== SPACE)) return -1
  const before = work.families.current.number
  const family = familyOfSeries(work.families, input.toString('latin1', at, end), work.rules)
  if (family.number !== before || work.nameLength === 0) work.previous = HEAD
  work.nameStart = at
  work.nameLength = end - at
  return end
}

function isNameByte(byte: number, isFirst: boolean): boolean {
  const lower = byte | 0x20
  if ((lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte === 0x3a) return true
  return !isFirst && byte >= 0x30 && byte <= 0x39
}

/** The entry of a label set that was not foretold; below zero: why the line is dropped. */
function readLabelSet(work: Work, at: number): number {
  const { memo, spans, view } = work
  const end = scanLabels(work.input, view, at, work.rules.labels, spans)
  if (end < 0) return end === -1 ? MALFORMED : DUPLICATE_LABEL
  const found = findLabelSet(memo, view, at, end - at)
  if (found >= 0) return found
  const entry = addLabelSet(memo, view, found, at, end - at)
  memo.verdict[entry] = decideLabelSet(work, memo, entry, at, end)
  return entry
}

/** Why a line is dropped although it is well-formed; -1: it is not. */
function refusal(work: Work, verdict: number, entry: number, rule: FamilyRule): number {
  if (verdict < 0) return rule === 'machine' ? REASON['node-fact'] : reasonOf(verdict)
  if (work.families.current.scattered) return REASON['scattered-family']
  switch (rule) {
    case 'keep':
      return -1
    case 'network':
      return ((work.memo.flags[entry] as number) & HOST_NETWORK) === 0 ? -1 : REASON['node-fact']
    case 'disk-capacity':
      return work.views[verdict] === 'capacity' ? -1 : REASON['node-fact']
    case 'machine':
      return REASON['node-fact']
    case 'unknown':
      return REASON['unknown-family']
  }
}

/** Writes one line into its slice; before the family's first line also the family's header. */
function emit(work: Work, slice: number, entry: number, tail: number, lineEnd: number): void {
  const { memo, view, families } = work
  const output = work.outputs[slice]
  if (output === undefined) {
    count(work, REASON['no-owner'])
    return
  }
  const { header, number } = families.current
  const length = memo.outLength[entry] as number
  reserve(output, header.length + work.nameLength + length + lineEnd - tail)
  if (output.family !== number) {
    output.family = number
    output.length += header.copy(output.bytes, output.length)
  }
  appendText(output, view, work.nameStart, work.nameLength)
  appendText(output, memo.arenaView, memo.outStart[entry] as number, length)
  appendText(output, view, tail, lineEnd - tail)
  work.kept++
}

function comment(work: Work, at: number): number {
  const lineEnd = work.input.indexOf(NEWLINE, at)
  const before = work.families.current.number
  readComment(work.families, work.input.subarray(at, lineEnd), work.rules)
  if (work.families.current.number !== before) work.nameLength = 0
  return lineEnd + 1
}

function count(work: Work, reason: number): void {
  work.drops[reason] = (work.drops[reason] as number) + 1
}

function dropLine(work: Work, at: number, reason: number): number {
  count(work, reason)
  return work.input.indexOf(NEWLINE, at) + 1
}

/** Remembers the first series of a machine family, without its labels: they hold the machine's ids. */
function keepMachine(work: Work, tail: number, lineEnd: number): void {
  const { header, name, scattered } = work.families.current
  const [last] = work.machine.slice(-1)
  if (scattered || last?.indexOf(`${name} `) === header.length) return
  const line = Buffer.from(name + work.input.toString('latin1', tail, lineEnd), 'latin1')
  work.machine.push(Buffer.concat([header, line]))
}

function addMachine(work: Work): void {
  const block = Buffer.concat(work.machine)
  work.outputs.forEach((output, slice) => {
    if (work.views[slice] !== 'capacity') return
    reserve(output, block.length)
    output.length += block.copy(output.bytes, output.length)
  })
}
