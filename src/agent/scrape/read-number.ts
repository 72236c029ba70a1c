const SPACE = 0x20
/** As a digit: its byte less that of `0`. */
const POINT = 0x2e - 0x30
const MINUS = 0x2d
const PLUS = 0x2b
const ZERO = 0x30
const LOWER_E = 0x65

/** 10^0 … 10^22: the powers of ten that a double holds exactly. */
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
const MAX_EXACT_DIGITS = 15
const MAX_POWER = POWERS.length - 1

const scale = (mantissa: number, power: number): number =>
  power < 0 ? mantissa / (POWERS[-power] as number) : mantissa * (POWERS[power] as number)

/**
 * The number that stands at `at` and ends with a space or a line end, to the last bit what `Number` makes of the text. At
 * most 15 digits and a small power of ten are computed at once: both are exact doubles, so one division or
 * multiplication rounds correctly. The text must be checked: `12`, `-1.5e+09`, `NaN`, `+Inf`.
 */
export function readNumber(bytes: Buffer, at: number): number {
  const sign = bytes[at]
  let i = sign === MINUS || sign === PLUS ? at + 1 : at
  let mantissa = 0
  let digits = 0
  let power = 0
  let fraction = 0
  for (; ; i++) {
    const digit = (bytes[i] as number) - ZERO
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      if (mantissa > 0) digits++
      power -= fraction
    } else if (digit === POINT) fraction = 1
    else break
  }
  if (((bytes[i] as number) | 0x20) === LOWER_E) {
    const exponent = readExponent(bytes, i + 1)
    if (exponent === undefined) return slowly(bytes, at)
    power += exponent
  } else if ((bytes[i] as number) > SPACE) return slowly(bytes, at)
  if (digits > MAX_EXACT_DIGITS || Math.abs(power) > MAX_POWER) return slowly(bytes, at)
  const value = scale(mantissa, power)
  return sign === MINUS ? -value : value
}

/** undefined: too large to be worth it. */
function readExponent(bytes: Buffer, at: number): number | undefined {
  const sign = bytes[at]
  let i = sign === MINUS || sign === PLUS ? at + 1 : at
  let exponent = 0
  for (let digit; (digit = (bytes[i] as number) - ZERO) >= 0 && digit <= 9; i++) {
    exponent = exponent * 10 + digit
    if (exponent > 999) return undefined
  }
  return sign === MINUS ? -exponent : exponent
}

function slowly(bytes: Buffer, at: number): number {
  let end = at
  while ((bytes[end] as number) > SPACE) end++
  const text = bytes.toString('latin1', at, end)
  if (text.endsWith('Inf')) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text)
}
