import { idOf, openingAt, type NameTable } from './name-table.ts'

/**
 * The label set of one sample line, `{name="value",…}`, read byte by byte as the text format defines it: in a value
 * `\\`, `\"` and `\n` are the only escapes; `}`, `,` and `=` inside quotes are text. Whatever else a line tries (quoted
 * UTF-8 names, control characters, spaces, a trailing comma, a name twice) makes it malformed.
 */

export const MAX_LABELS = 32

/** Where the labels of the last scanned set are, as offsets into the scanned bytes. */
export interface LabelSpans {
  count: number
  /** True when a byte above 0x7f was seen: the caller checks that it is UTF-8. */
  high: boolean
  /** A name's number in the table, or -1 for a name that is not in it. */
  readonly ids: Int32Array
  readonly valueStart: Int32Array
  /** The closing quote. */
  readonly valueEnd: Int32Array
  /** By a name's number in the table: the place of that label in this set, or -1. */
  readonly places: Int32Array
}

export function createLabelSpans(): LabelSpans {
  return {
    count: 0,
    high: false,
    ids: new Int32Array(MAX_LABELS).fill(-1),
    valueStart: new Int32Array(MAX_LABELS),
    valueEnd: new Int32Array(MAX_LABELS),
    places: new Int32Array(MAX_LABELS),
  }
}

const NAME_START = 1
const NAME = 2
const TEXT = 4

/** What a byte may be part of. */
const CLASS: Uint8Array = new Uint8Array(256).map((_, byte) => {
  const char = String.fromCharCode(byte)
  let bits = 0
  if (/[A-Za-z_]/.test(char)) bits |= NAME_START
  if (/[A-Za-z0-9_]/.test(char)) bits |= NAME
  if (byte >= 0x20 && byte !== 0x7f && char !== '"' && char !== '\\') bits |= TEXT
  return bits
})

const QUOTE = 0x22
const COMMA = 0x2c
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const CLOSE = 0x7d

/** True when a label of this set, which the table does not know, already has the name at `start`. */
function isRepeated(bytes: Uint8Array, start: number, length: number, spans: LabelSpans): boolean {
  for (let k = 0; k < spans.count; k++) {
    const other = nameStarts[k] as number
    let same = spans.ids[k] === -1 && (spans.valueStart[k] as number) - 2 - other === length
    for (let i = 0; same && i < length; i++) same = bytes[other + i] === bytes[start + i]
    if (same) return true
  }
  return false
}

const nameStarts = new Int32Array(MAX_LABELS)

/**
 * Scans a label set that opens at `at` (its `{`) and fills `spans`. Returns the offset after the `}`; -1 when it is
 * malformed, -2 when a label name stands twice. The bytes must hold a line end at or after `at`.
 */
export function scanLabels(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  names: NameTable,
  spans: LabelSpans,
): number {
  let i = at + 1
  const { ids, places, valueStart, valueEnd } = spans
  spans.count = 0
  spans.high = false
  places.fill(-1)
  if (bytes[i] === CLOSE) return i + 1
  for (let count = 0; ; count++) {
    if (count === MAX_LABELS) return -1
    const start = i
    // Most sets have the names of the set before.
    let id = ids[count] as number
    const opening = id < 0 ? 0 : openingAt(view, i, id, names)
    if (opening > 0) i += opening
    else {
      i = nameEnd(bytes, start)
      if (i === start || bytes[i] !== EQUALS || bytes[i + 1] !== QUOTE) return -1
      id = idOf(bytes, start, i, names)
      if (id < 0 && isRepeated(bytes, start, i - start, spans)) return -2
      i += 2
    }
    if (id >= 0) {
      if (places[id] !== -1) return -2
      places[id] = count
    }
    nameStarts[count] = start
    ids[count] = id
    valueStart[count] = i
    i = closingQuote(bytes, view, i, spans)
    if (i < 0) return -1
    valueEnd[count] = i
    spans.count = count + 1
    const next = bytes[i + 1]
    if (next === CLOSE) return i + 2
    if (next !== COMMA) return -1
    i += 2
  }
}

/** Where the quote stands that ends the value at `start`; -1: something else does. Notes a byte above 0x7f. */
function closingQuote(bytes: Uint8Array, view: DataView, start: number, spans: LabelSpans): number {
  let i = start
  const lastWord = view.byteLength - 4
  for (;;) {
    while (i <= lastWord && isPlain(view.getInt32(i, true))) i += 4
    const byte = bytes[i] as number
    if (byte > 0x7f) spans.high = true
    if (((CLASS[byte] as number) & TEXT) !== 0) i++
    else if (byte === BACKSLASH) {
      const escaped = bytes[i + 1]
      if (escaped !== BACKSLASH && escaped !== QUOTE && escaped !== 0x6e) return -1
      i += 2
    } else return byte === QUOTE ? i : -1
  }
}

/** Where the label name at `start` ends; `start` itself when there is none. */
function nameEnd(bytes: Uint8Array, start: number): number {
  let i = start
  if (((CLASS[bytes[i] as number] as number) & NAME_START) === 0) return start
  do i++
  while (((CLASS[bytes[i] as number] as number) & NAME) !== 0)
  return i
}

/**
 * True when four bytes, read at once, are all ASCII text that needs no second look: none is above 0x7e, below 0x20, a quote
 * or a backslash. A borrow goes only from a byte that is none of these to the next one: true is never wrong.
 */
const isPlain = (word: number): boolean =>
  ((word |
    (word + 0x01010101) |
    (word - 0x20202020) |
    ((word ^ 0x22222222) - 0x01010101) |
    ((word ^ 0x5c5c5c5c) - 0x01010101)) &
    0x80808080) ===
  0
