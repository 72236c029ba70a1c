/** What becomes of a body after an answer. */
export type Verdict = 'sent' | 'refused' | 'retry'

/** The Agent's rules: bodies that the intake will never take (400, 403, 413) are lost, all others are tried again. */
export function judgeStatus(status: number): Verdict {
  if (status >= 200 && status < 300) return 'sent'
  return status === 400 || status === 403 || status === 413 ? 'refused' : 'retry'
}

/**
 * `Retry-After` in seconds or as a date, or Datadog's `X-RateLimit-Reset` in seconds: milliseconds from now.
 * undefined when neither is there or makes sense.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | undefined {
  for (const name of ['retry-after', 'x-ratelimit-reset']) {
    const value = headers[name]
    if (typeof value !== 'string') continue
    if (/^\d{1,9}(\.\d+)?$/.test(value.trim())) return Number(value) * 1000
    // `Date.parse` makes a year of almost anything.
    const date = /GMT\s*$/.test(value) ? Date.parse(value) : NaN
    if (!Number.isNaN(date)) return Math.max(0, date - now)
  }
  return undefined
}
