/**
 * Kubernetes quantities (`100m`, `200Mi`, `1e3`), source: apimachinery/pkg/api/resource. Digits are kept as whole
 * numbers until the end, so that `0.1` cores are 100 millicores and not 100.00000000000001.
 */

export type QuantityResult =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly message: string }

/** A parsed quantity: digits · 10^exponent · factor. */
interface Parts {
  readonly digits: bigint
  readonly exponent: number
  readonly factor: bigint
}

const SHAPE =
  /^([+-]?)(\d*)(?:\.(\d*))?(?:(n|u|m|k|M|G|T|P|E)|(Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d{1,3}))?$/
const MAX_LENGTH = 64
/** Bounds what `e` may ask for; no quantity in use comes near. */
const MAX_EXPONENT = 40
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}
const FAULT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** The value as a number: cores, bytes, pieces. */
export function parseQuantity(text: string): QuantityResult {
  const parts = parse(text)
  if (parts === undefined) return { ok: false, message: FAULT }
  const { digits, exponent, factor } = parts
  const scaled = digits * factor
  const value =
    exponent >= 0
      ? Number(scaled * 10n ** BigInt(exponent))
      : divide(scaled, 10n ** BigInt(-exponent))
  return { ok: true, value }
}

/** CPU in whole millicores, rounded up as Kubernetes does (`100u` is 1). */
export function parseCpuMillicores(text: string): QuantityResult {
  const parts = parse(text)
  if (parts === undefined) return { ok: false, message: FAULT }
  const scaled = parts.digits * parts.factor
  const exponent = parts.exponent + 3
  if (exponent >= 0) return { ok: true, value: Number(scaled * 10n ** BigInt(exponent)) }
  const unit = 10n ** BigInt(-exponent)
  const up = scaled > 0n && scaled % unit !== 0n ? 1n : 0n
  return { ok: true, value: Number(scaled / unit + up) }
}

/** Millicores as Kubernetes writes them: whole cores without the `m`. */
export function formatCpu(millicores: number): string {
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${Math.round(millicores)}m`
}

/** Whole bytes in the largest binary unit that loses nothing. */
export function formatBytes(bytes: number): string {
  let value = Math.round(bytes)
  let unit = ''
  for (const next of Object.keys(BINARY)) {
    if (value === 0 || value % 1024 !== 0) break
    value /= 1024
    unit = next
  }
  return `${value}${unit}`
}

function parse(text: string): Parts | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', decimal, binary, power] = match
  if (whole === '' && fraction === '') return undefined
  const exponent = decimal !== undefined ? (DECIMAL[decimal] ?? 0) : Number(power ?? 0)
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  const factor = binary === undefined ? 1n : (BINARY[binary] ?? 1n)
  return { digits, exponent: exponent - fraction.length, factor }
}

/** A division whose whole part is exact, and whose fraction is the nearest number to what the text says. */
function divide(value: bigint, by: bigint): number {
  const negative = value < 0n
  const size = negative ? -value : value
  const scale = by.toString().length - 1
  const rest = (size % by).toString().padStart(scale, '0')
  const result = Number(`${size / by}.${rest}`)
  return negative ? -result : result
}
