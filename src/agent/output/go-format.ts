/** Numbers, times and durations as the Agent (Go) prints them. */

const pad = (value: number): string => String(value).padStart(2, '0')

/** `2026-01-12 09:30:05 UTC`; in another zone the local time with its short name. */
export function formatTime(ms: number): string {
  const at = new Date(ms)
  if (at.getTimezoneOffset() === 0) return utcTime(at) + ' UTC'
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`
  return `${day} ${time} ${zoneName(at)}`
}

/** A time in a status block: `… UTC (1768210205000)`, elsewhere `… CET / … UTC (1768210205000)`. */
export function formatUnixTime(ms: number): string {
  const at = new Date(ms)
  const whole = Math.floor(ms / 1000) * 1000
  if (at.getTimezoneOffset() === 0) return `${utcTime(at)} UTC (${whole})`
  return `${formatTime(ms)} / ${utcTime(at)} UTC (${whole})`
}

/** Whole milliseconds as Go's time.Duration prints them: `0s`, `85ms`, `1.052s`, `1m3s`. */
export function formatDuration(ms: number): string {
  const whole = Math.round(ms)
  if (whole === 0) return '0s'
  if (whole < 1000) return `${whole}ms`
  const hours = Math.floor(whole / 3_600_000)
  const minutes = Math.floor(whole / 60_000) % 60
  const seconds = `${(whole % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

/** `551,432` */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A string in Go's %q, as its parsers quote what they did not understand. */
export const quote = (text: string): string => JSON.stringify(text)

const utcTime = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ')

function zoneName(at: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(at)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
}
