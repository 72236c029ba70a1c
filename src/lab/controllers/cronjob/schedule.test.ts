import { expect, test } from 'vitest'
import { parseSchedule } from './schedule.ts'

const next = (text: string, from: string, zone?: string): string | undefined => {
  const at = parseSchedule(text, zone)?.next(Date.parse(from))
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16)
}

test.each([
  ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01'],
  ['*/15 * * * *', '2026-01-01T00:14:59Z', '2026-01-01T00:15'],
  ['5 4 * * sun', '2026-01-01T00:00:00Z', '2026-01-04T04:05'],
  ['0 22 * * 1-5', '2026-01-02T23:00:00Z', '2026-01-05T22:00'],
  ['0 0 1 jan,jul *', '2026-01-01T00:00:00Z', '2026-07-01T00:00'],
  ['0 0 13 * fri', '2026-01-01T00:00:00Z', '2026-01-02T00:00'],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
  ['10/20 * * * *', '2026-01-01T00:31:00Z', '2026-01-01T00:50'],
  ['@daily', '2026-01-01T00:00:00Z', '2026-01-02T00:00'],
  ['@every 1h30m', '2026-01-01T00:00:00Z', '2026-01-01T01:30'],
])('%s after %s is at %s', (text, from, at) => {
  expect(next(text, from)).toBe(at)
})

test('a time zone has its own clock, and its summer', () => {
  expect(next('0 12 * * *', '2026-01-01T00:00:00Z', 'Europe/Berlin')).toBe('2026-01-01T11:00')
  expect(next('0 12 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin')).toBe('2026-07-01T10:00')
  // 02:30 is skipped on 29 March 2026.
  expect(next('30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-30T00:30')
})

test.each(['', '* * * *', '60 * * * *', 'x * * * *', '5-1 * * * *', '*/0 * * * *', '@every x'])(
  '%j is no schedule',
  (text) => {
    expect(parseSchedule(text)).toBeUndefined()
  },
)

test('what never comes has no next time, and an unknown zone no schedule', () => {
  expect(next('0 0 31 2 *', '2026-01-01T00:00:00Z')).toBeUndefined()
  expect(parseSchedule('* * * * *', 'Mars/Base')).toBeUndefined()
})
