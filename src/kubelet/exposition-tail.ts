/**
 * The end of a sample line: ` value[ timestamp]\n`. The value is what Go's strconv writes (`12`, `-1.5e+09`, `NaN`,
 * `+Inf`), the timestamp a decimal integer. One table decides byte by byte; nothing is ever turned into a number.
 */

const FAIL = 0
const VALUE = 1 // after the first space
const SIGN = 2
const INT = 3
const POINT = 4 // after a point with digits before it
const BARE_POINT = 5
const FRACTION = 6
const EXP = 7
const EXP_SIGN = 8
const EXP_DIGITS = 9
const N = 10
const NA = 11
const WORD = 12 // NaN or Inf is complete
const I = 13
const IN = 14
const TIME = 15 // after the second space
const TIME_SIGN = 16
const TIME_DIGITS = 17
const END = 18
const START = 19

const STATES = 20
const DIGITS = '0123456789'

/** Next state by state and byte: `TABLE[state * 256 + byte]`, already multiplied by 256. */
const TABLE: Uint16Array = buildTable()

function buildTable(): Uint16Array {
  const table = new Uint16Array(STATES * 256)
  const go = (from: number, bytes: string, to: number): void => {
    for (const byte of bytes) table[from * 256 + byte.charCodeAt(0)] = to * 256
  }
  go(START, ' ', VALUE)
  for (const from of [VALUE, SIGN]) {
    go(from, DIGITS, INT)
    go(from, '.', BARE_POINT)
    go(from, 'I', I)
  }
  go(VALUE, '+-', SIGN)
  go(VALUE, 'N', N)
  go(N, 'a', NA)
  go(NA, 'N', WORD)
  go(I, 'n', IN)
  go(IN, 'f', WORD)
  go(INT, DIGITS, INT)
  go(INT, '.', POINT)
  go(BARE_POINT, DIGITS, FRACTION)
  go(POINT, DIGITS, FRACTION)
  go(FRACTION, DIGITS, FRACTION)
  for (const from of [INT, POINT, FRACTION]) go(from, 'eE', EXP)
  go(EXP, '+-', EXP_SIGN)
  for (const from of [EXP, EXP_SIGN, EXP_DIGITS]) go(from, DIGITS, EXP_DIGITS)
  for (const from of [INT, POINT, FRACTION, EXP_DIGITS, WORD]) {
    go(from, ' ', TIME)
    go(from, '\n', END)
  }
  go(TIME, '-', TIME_SIGN)
  for (const from of [TIME, TIME_SIGN, TIME_DIGITS]) go(from, DIGITS, TIME_DIGITS)
  go(TIME_DIGITS, '\n', END)
  return table
}

/** A line's value and timestamp together are never longer than this. */
export const MAX_TAIL_BYTES = 128

/**
 * Checks the tail that starts at `at` (its space). Returns the offset after the line end, or -1 when it is malformed.
 * The bytes must hold a line end at or after `at`.
 */
export function tailEnd(bytes: Uint8Array, at: number): number {
  let state = START << 8
  let i = at
  const limit = at + MAX_TAIL_BYTES
  do {
    state = TABLE[state | (bytes[i++] as number)] as number
  } while (state !== FAIL && state !== END << 8 && i < limit)
  return state === END << 8 ? i : -1
}
