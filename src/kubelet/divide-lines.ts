import {
  decideLabelSet,
  DUPLICATE_LABEL,
  MALFORMED,
  reasonOf,
  type DecisionContext,
} from './decide-label-set.ts'
import { DROP_REASONS } from './drop-reasons.ts'
import { equalText, viewOf } from './exposition-bytes.ts'
import { familyOfSeries, readComment, type Families } from './exposition-families.ts'
import { tailEnd } from './exposition-tail.ts'
import { scanLabels } from './exposition-tokenizer.ts'
import {
  addLabelSet,
  findLabelSet,
  foretell,
  foretold,
  HOST_NETWORK,
  type LabelSetMemo,
} from './label-set-memo.ts'
import type { FamilyRule } from './metrics-rules.ts'
import type { NodeView } from './owner.ts'
import { appendText, reserve, type SliceOutput } from './slice-output.ts'

/** One division under way. */
export interface Work extends DecisionContext {
  readonly memo: LabelSetMemo
  readonly families: Families
  readonly outputs: readonly SliceOutput[]
  readonly views: readonly NodeView[]
  readonly drops: Int32Array
  /** Bytes of the machine families, for the slices that are told about capacity. */
  readonly machine: Buffer[]
  kept: number
  /** The payload says of itself that containers are missing in it. */
  isIncomplete: boolean
  /** The series name of the last line, and its length; 0: none. */
  name: Buffer
  nameView: DataView
  nameLength: number
  /** The label set of the last line. */
  previous: number
}

const NEWLINE = 0x0a
const SPACE = 0x20
const HASH = 0x23
const ONE = 0x31
const OPEN = 0x7b
export const REASON: Readonly<Record<(typeof DROP_REASONS)[number], number>> = Object.fromEntries(
  DROP_REASONS.map((reason, index) => [reason, index]),
) as Record<(typeof DROP_REASONS)[number], number>

/** Stands before the first label set of every family, and for a line without labels. */
export const HEAD = 0

/** Divides the next lines of the payload, which end with a line end. */
export function divideLines(work: Work, lines: Buffer): void {
  work.input = lines
  work.view = viewOf(lines)
  const end = lines.length
  let at = 0
  while (at < end) {
    const first = lines[at]
    at = first === HASH || first === NEWLINE ? comment(work, at) : sample(work, at)
  }
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
  if (nameLength === 0 || !equalText(view, at, work.nameView, 0, nameLength)) return false
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
  rememberName(work, at, end)
  if (family.name === work.rules.errorFamily && isOne(input, end)) work.isIncomplete = true
  return end
}

/** True when ` 1` and a line end stand at `at`. */
const isOne = (input: Buffer, at: number): boolean =>
  input[at] === SPACE && input[at + 1] === ONE && input[at + 2] === NEWLINE

function rememberName(work: Work, start: number, end: number): void {
  if (end - start > work.name.length) {
    work.name = Buffer.allocUnsafeSlow((end - start) * 2)
    work.nameView = viewOf(work.name)
  }
  work.nameLength = work.input.copy(work.name, 0, start, end)
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
  const entry = addLabelSet(memo, work.input, found, at, end)
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
  appendText(output, work.nameView, 0, work.nameLength)
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

export function count(work: Work, reason: number): void {
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
