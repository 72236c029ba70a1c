const MINUTE = 60
const HOUR = 60
const YEAR_DAYS = 365

/**
 * How long something took, as `kubectl get` writes ages: two units at most, and less exact the longer it is
 * (apimachinery/pkg/util/duration.HumanDuration).
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 2 * MINUTE) return `${seconds}s`
  const minutes = Math.trunc(seconds / MINUTE)
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % MINUTE, 's')
  if (minutes < 3 * HOUR) return `${minutes}m`
  const hours = Math.trunc(minutes / HOUR)
  if (hours < 8) return twoUnits(hours, 'h', minutes % HOUR, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 8 * 24) return twoUnits(days, 'd', hours % 24, 'h')
  if (days < 2 * YEAR_DAYS) return `${days}d`
  const years = Math.trunc(days / YEAR_DAYS)
  return days < 8 * YEAR_DAYS ? twoUnits(years, 'y', days % YEAR_DAYS, 'd') : `${years}y`
}

const twoUnits = (large: number, unit: string, small: number, smaller: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smaller}`

/** The time since a timestamp (RFC 3339). */
export function since(timestamp: unknown, now: number): string {
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(at) ? '<unknown>' : humanDuration(now - at)
}
