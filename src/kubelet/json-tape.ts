import { isUtf8 } from 'node:buffer'
import { SubletError } from '../core/index.ts'
import { idOf, type NameTable } from './name-table.ts'

/**
 * JSON read as a tape: one row for every value, in the order of the text, and each row says where the value stands. No
 * value is copied or turned into something else, so that a counter past 2^53 leaves exactly as it came.
 */
export interface JsonTape {
  readonly bytes: Buffer
  /** The names whose members can be asked for. */
  readonly names: NameTable
  count: number
  kind: Uint8Array
  /** Offsets of the value's text: quotes and brackets included. */
  start: Int32Array
  end: Int32Array
  /** The row after the value and all that is in it: the next member or item, if there is one. */
  next: Int32Array
  /** Of an object's member: the number of its name; of a name that is not in `names` a number beyond it. */
  name: Int32Array
}

export const OBJECT = 1
export const ARRAY = 2
export const STRING = 3
export const NUMBER = 4
export const LITERAL = 5

const MAX_DEPTH = 32
/** Members of one object; a Summary's have a dozen. */
const MAX_MEMBERS = 256
/** A number is never longer than this. */
const MAX_NUMBER_BYTES = 128

interface Reader {
  readonly tape: JsonTape
  readonly bytes: Buffer
  at: number
  /** The names of the members of all objects that are open. */
  readonly open: number[]
  /** Names that the table does not know. */
  readonly others: Map<string, number>
}

/**
 * Reads a whole document; its first row is the document itself. Throws E_KUBELET_SHAPE for everything that is not strict
 * JSON, and for a name that stands twice in an object.
 */
export function readTape(bytes: Buffer, names: NameTable): JsonTape {
  if (!isUtf8(bytes)) throw malformed('not UTF-8')
  const tape = createTape(bytes, names)
  const reader: Reader = { tape, bytes, at: 0, open: [], others: new Map() }
  skipSpace(reader)
  readValue(reader, 0, -1)
  skipSpace(reader)
  if (reader.at !== bytes.length) throw malformed(`text after the document at byte ${reader.at}`)
  return tape
}

function createTape(bytes: Buffer, names: NameTable): JsonTape {
  const room = Math.max(64, bytes.length >> 4)
  const rows = (): Int32Array => new Int32Array(room)
  const kind = new Uint8Array(room)
  return { bytes, names, count: 0, kind, start: rows(), end: rows(), next: rows(), name: rows() }
}

function addRow(tape: JsonTape, kind: number, start: number, name: number): number {
  if (tape.count === tape.kind.length) grow(tape)
  const row = tape.count++
  tape.kind[row] = kind
  tape.start[row] = start
  tape.name[row] = name
  return row
}

function endRow(tape: JsonTape, row: number, end: number): void {
  tape.end[row] = end
  tape.next[row] = tape.count
}

function grow(tape: JsonTape): void {
  const room = tape.count * 2
  const grown = (rows: Int32Array): Int32Array => {
    const bigger = new Int32Array(room)
    bigger.set(rows)
    return bigger
  }
  const kind = new Uint8Array(room)
  kind.set(tape.kind)
  tape.kind = kind
  tape.start = grown(tape.start)
  tape.end = grown(tape.end)
  tape.next = grown(tape.next)
  tape.name = grown(tape.name)
}

function malformed(what: string): SubletError {
  return new SubletError('E_KUBELET_SHAPE', `the kubelet's answer is not JSON: ${what}`)
}

function skipSpace(reader: Reader): void {
  const { bytes } = reader
  let { at } = reader
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  reader.at = at
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

function readValue(reader: Reader, depth: number, name: number): void {
  if (depth > MAX_DEPTH) throw malformed('nested too deeply')
  const { tape, at } = reader
  const first = reader.bytes[at]
  if (first === 0x7b) {
    const row = addRow(tape, OBJECT, at, name)
    readObject(reader, depth)
    endRow(tape, row, reader.at)
  } else if (first === 0x5b) {
    const row = addRow(tape, ARRAY, at, name)
    readArray(reader, depth)
    endRow(tape, row, reader.at)
  } else {
    const row = addRow(tape, kindOf(first), at, name)
    readScalar(reader, first)
    endRow(tape, row, reader.at)
  }
}

function readObject(reader: Reader, depth: number): void {
  const { bytes, open } = reader
  const base = open.length
  if (isEmpty(reader, 0x7d)) return
  for (;;) {
    if (bytes[reader.at] !== QUOTE) throw malformed(`no name at byte ${reader.at}`)
    const name = readName(reader)
    if (open.length - base === MAX_MEMBERS) throw malformed('too many members')
    for (let i = base; i < open.length; i++) {
      if (open[i] === name) throw malformed('a name stands twice')
    }
    open.push(name)
    skipSpace(reader)
    if (bytes[reader.at++] !== 0x3a) throw malformed(`no colon at byte ${reader.at - 1}`)
    skipSpace(reader)
    readValue(reader, depth + 1, name)
    if (isLast(reader, 0x7d)) break
  }
  open.length = base
}

function readArray(reader: Reader, depth: number): void {
  if (isEmpty(reader, 0x5d)) return
  do readValue(reader, depth + 1, -1)
  while (!isLast(reader, 0x5d))
}

/** Steps over the opening bracket; true when the closing one follows, which is stepped over too. */
function isEmpty(reader: Reader, close: number): boolean {
  reader.at++
  skipSpace(reader)
  if (reader.bytes[reader.at] !== close) return false
  reader.at++
  return true
}

/** Steps over what stands behind a member or an item: true for the closing bracket, false for a comma. */
function isLast(reader: Reader, close: number): boolean {
  skipSpace(reader)
  const byte = reader.bytes[reader.at++]
  if (byte === close) return true
  if (byte !== COMMA) throw malformed(`no comma at byte ${reader.at - 1}`)
  skipSpace(reader)
  return false
}

/** The number of a member's name. One that is written with escapes is the same name. */
function readName(reader: Reader): number {
  const { bytes, tape, others } = reader
  const start = reader.at
  const isPlain = readString(reader)
  const end = reader.at
  const known = isPlain && end - start > 2 ? idOf(bytes, start + 1, end - 1, tape.names) : -1
  if (known >= 0) return known
  const text = textAt(bytes, start, end)
  const named = tape.names.ids.get(text)
  if (named !== undefined) return named
  const number = others.get(text) ?? tape.names.list.length + others.size
  others.set(text, number)
  return number
}

/** Reads a string; true when there are no escapes in it. */
function readString(reader: Reader): boolean {
  const { bytes } = reader
  const start = reader.at
  let at = start + 1
  let isPlain = true
  for (;;) {
    const byte = bytes[at]
    if (byte === undefined || byte < 0x20) throw malformed(`unfinished string at byte ${start}`)
    if (byte === QUOTE) break
    if (byte === BACKSLASH) {
      isPlain = false
      at += escapeLength(bytes, at)
    } else at++
  }
  reader.at = at + 1
  return isPlain
}

const SHORT_ESCAPES = new Set(Buffer.from('"\\/bfnrt'))

function escapeLength(bytes: Buffer, at: number): number {
  if (SHORT_ESCAPES.has(bytes[at + 1] ?? 0)) return 2
  if (/^\\u[0-9a-fA-F]{4}$/.test(bytes.toString('latin1', at, at + 6))) return 6
  throw malformed(`bad escape at byte ${at}`)
}

const LITERALS = ['true', 'false', 'null'].map((text) => Buffer.from(text))

function kindOf(first: number | undefined): number {
  if (first === QUOTE) return STRING
  return first === 0x74 || first === 0x66 || first === 0x6e ? LITERAL : NUMBER
}

function readScalar(reader: Reader, first: number | undefined): void {
  if (first === QUOTE) {
    readString(reader)
    return
  }
  const { bytes, at } = reader
  const literal = LITERALS.find((text) => text[0] === first)
  const end = literal === undefined ? numberEnd(bytes, at) : at + literal.length
  const isLiteral = literal?.equals(bytes.subarray(at, end)) ?? true
  if (end < 0 || !isLiteral || end - at > MAX_NUMBER_BYTES)
    throw malformed(`no value at byte ${at}`)
  reader.at = end
}

/** Where the number at `start` ends; -1: there is none. What follows it is looked at by the caller. */
function numberEnd(bytes: Buffer, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start
  const whole = digitsEnd(bytes, at)
  if (whole === at || (bytes[at] === 0x30 && whole > at + 1)) return -1
  at = whole
  if (bytes[at] === 0x2e) {
    const fraction = digitsEnd(bytes, at + 1)
    if (fraction === at + 1) return -1
    at = fraction
  }
  if (((bytes[at] ?? 0) | 0x20) === 0x65) {
    const sign = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d ? 1 : 0
    const exponent = digitsEnd(bytes, at + 1 + sign)
    if (exponent === at + 1 + sign) return -1
    at = exponent
  }
  return at
}

function digitsEnd(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++
  return at
}

function textAt(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)
}

/** The row of an object's member, by a name of the table; -1 when there is none or this is no object. */
export function member(tape: JsonTape, row: number, name: string): number {
  if (row < 0 || tape.kind[row] !== OBJECT) return -1
  const wanted = tape.names.ids.get(name)
  const end = tape.next[row] as number
  for (let at = row + 1; at < end; at = tape.next[at] as number) {
    if (tape.name[at] === wanted) return at
  }
  return -1
}

/** The rows of an array's items; none for anything else. */
export function itemsOf(tape: JsonTape, row: number): readonly number[] {
  if (row < 0 || tape.kind[row] !== ARRAY) return []
  const items: number[] = []
  const end = tape.next[row] as number
  for (let at = row + 1; at < end; at = tape.next[at] as number) items.push(at)
  return items
}

/** The value of a string; undefined for anything else. */
export function stringOf({ bytes, kind, start, end }: JsonTape, row: number): string | undefined {
  if (row < 0 || kind[row] !== STRING) return undefined
  return textAt(bytes, start[row] as number, end[row] as number)
}

/** The value of an integer of any size: a number as long as that is exact. Undefined for anything else. */
export function integerOf(
  { bytes, kind, start, end }: JsonTape,
  row: number,
): number | bigint | undefined {
  if (row < 0 || kind[row] !== NUMBER) return undefined
  const text = bytes.toString('latin1', start[row], end[row])
  if (!/^-?\d+$/.test(text)) return undefined
  return text.length <= 15 ? Number(text) : BigInt(text)
}
