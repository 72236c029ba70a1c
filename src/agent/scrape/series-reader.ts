import { equalText, viewOf } from '../../kubelet/exposition-bytes.ts'
import { familyOf, parseExposition, readType, type Family } from '../exposition.ts'
import {
  dropRest,
  keepFamily,
  keepSample,
  type KeptFamilies,
  type KeptFamily,
} from './kept-families.ts'
import { createLabelSets, NO_LABELS, type LabelSets } from './label-sets.ts'
import { lineEnd } from './line-end.ts'
import { readNumber } from './read-number.ts'

/** Reads one Prometheus endpoint again and again. */
export interface SeriesReader {
  /**
   * The wanted families by name. The same samples as `parseExposition` gives, the words of its errors
   * included; fast for what the kubelet writes. Label objects are the same ones in every run; families and samples are
   * good until the next one.
   */
  read(body: Buffer): ReadonlyMap<string, Family>
}

export interface SeriesReaderOptions {
  readonly wanted: (family: string) => boolean
  /** Lines that are left out: looks at the text of the labels. */
  readonly skipLine?: (labels: string) => boolean
}

const NEWLINE = 0x0a
const HASH = 0x23
const OPEN = 0x7b
const SPACE = 0x20

/** Where the samples of a series name go. */
interface Target {
  readonly name: string
  readonly declared: Family
  /** undefined: not wanted. */
  readonly family: KeptFamily | undefined
}

/** One pass over one body. */
interface Pass {
  readonly bytes: Buffer
  readonly view: DataView
  readonly families: Map<string, Family>
  readonly kept: KeptFamilies
  readonly targets: Map<string, Target>
  readonly options: SeriesReaderOptions
  readonly sets: LabelSets
  /** The series name of the last line. */
  name: Buffer
  nameView: DataView
  nameLength: number
  target: Target | undefined
}

export function createSeriesReader(options: SeriesReaderOptions): SeriesReader {
  const sets = createLabelSets(options.skipLine ?? (() => false))
  const name = Buffer.allocUnsafeSlow(256)
  const kept: KeptFamilies = new Map()
  return {
    read(bytes) {
      if (bytes.length === 0) return new Map()
      sets.begin(bytes)
      const pass: Pass = {
        bytes,
        view: viewOf(bytes),
        families: new Map(),
        kept,
        targets: new Map(),
        options,
        sets,
        name,
        nameView: viewOf(name),
        nameLength: 0,
        target: undefined,
      }
      // What is not in the plain form is read again by the parser that knows all forms and all errors.
      if (!readAll(pass)) return parseExposition(bytes.toString(), slowOptions(options))
      dropRest(kept, pass.families)
      return pass.families
    },
  }
}

const slowOptions = ({
  wanted,
  skipLine,
}: SeriesReaderOptions): Parameters<typeof parseExposition>[1] => ({
  wanted,
  ...(skipLine ? { skipLine } : {}),
})

/** False: not all of it is in the plain form. */
function readAll(pass: Pass): boolean {
  const { bytes } = pass
  const end = bytes.length
  if (bytes[end - 1] !== NEWLINE) return false
  let at = 0
  while (at < end) {
    const first = bytes[at]
    if (first === NEWLINE) at++
    else if (first === HASH) at = readComment(pass, at)
    else at = readLine(pass, at)
    if (at < 0) return false
  }
  return true
}

/** Reads the sample at `at`; returns where the next line starts, or -1. */
function readLine(pass: Pass, at: number): number {
  const { bytes, sets } = pass
  let next = at + pass.nameLength
  if (!isSameSeries(pass, at, next)) {
    next = startSeries(pass, at)
    if (next < 0) return -1
  }
  let set = NO_LABELS
  if (bytes[next] === OPEN) {
    set = sets.read(next)
    if (set < 0) return -1
    next += sets.lengthOf(set)
  }
  const end = lineEnd(bytes, pass.view, next)
  if (end < 0) return -1
  const { target } = pass
  if (target?.family && !sets.isSkipped(set)) {
    keepSample(target.family, target.name, sets.labelsOf(set), readNumber(bytes, next + 1))
  }
  return end
}

function isSameSeries(pass: Pass, at: number, end: number): boolean {
  const { nameLength } = pass
  if (nameLength === 0 || !equalText(pass.view, at, pass.nameView, 0, nameLength)) return false
  const after = pass.bytes[end]
  return after === OPEN || after === SPACE
}

/** Reads a series name that is not the last line's. Returns where it ends; -1: it is none. */
function startSeries(pass: Pass, at: number): number {
  const { bytes, targets } = pass
  let end = at
  while (isNameByte(bytes[end] as number, end === at)) end++
  const after = bytes[end]
  if (end === at || end - at > pass.name.length || (after !== OPEN && after !== SPACE)) return -1
  const name = bytes.toString('latin1', at, end)
  pass.nameLength = bytes.copy(pass.name, 0, at, end)
  let target = targets.get(name)
  if (!target) {
    target = targetOf(pass, name)
    targets.set(name, target)
  }
  if (target.declared.name !== pass.target?.declared.name) pass.sets.restart()
  pass.target = target
  return end
}

function targetOf({ families, kept, options }: Pass, name: string): Target {
  const declared = familyOf(name, families)
  const family = options.wanted(declared.name) ? keepFamily(kept, families, declared) : undefined
  return { name, declared, family }
}

function isNameByte(byte: number, isFirst: boolean): boolean {
  const lower = byte | 0x20
  if ((lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte === 0x3a) return true
  return !isFirst && byte >= 0x30 && byte <= 0x39
}

const TYPE = Buffer.from('# TYPE ')

/** A TYPE line declares a family; all other comments say nothing. */
function readComment(pass: Pass, at: number): number {
  const { bytes } = pass
  const end = bytes.indexOf(NEWLINE, at)
  if (bytes.compare(TYPE, 0, TYPE.length, at, Math.min(end, at + TYPE.length)) !== 0) {
    // `#TYPE` and `#  TYPE` are comments to some and types to others.
    return bytes[at + 1] === SPACE && bytes[at + 2] === 0x48 ? end + 1 : -1
  }
  const declared = readType(bytes.toString('utf8', at, end), pass.families)
  if (!declared) return -1
  // Names that were seen may belong to another family now.
  pass.targets.clear()
  pass.nameLength = 0
  return end + 1
}
