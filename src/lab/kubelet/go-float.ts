/**
 * A number as Prometheus' Go library writes it (`strconv.AppendFloat(f, 'g', -1, 64)`): the shortest digits, with an
 * exponent of at least two digits below 1e-4 and from 1e+06 on.
 */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return '0'
  const [digits = '0', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return plain(value, exponent)
  const sign = exponent < 0 ? '-' : '+'
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function plain(value: number, exponent: number): string {
  // JavaScript itself writes no exponent in this range.
  return exponent >= -6 ? String(value) : value.toFixed(20)
}
