/** A parsed schedule: when is the next time after this one? In milliseconds since 1970; undefined: never again. */
export interface Schedule {
  next(after: number): number | undefined
}

interface Fields {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  /** Days and weekdays are both restricted: one of them suffices. */
  readonly eitherDay: boolean
}

const SHORT: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MINUTE_MS = 60_000
/** A schedule that has no time within these days never has one: 29 February comes every eight years at the latest. */
const LONGEST_DAYS = 366 * 8 + 2

/**
 * A schedule as Kubernetes' CronJobs have it (robfig/cron, standard parser): five fields with lists, ranges, steps and
 * names, or `@hourly` and the like, or `@every 1h30m`. The time zone is an IANA name; UTC where there is none.
 * Undefined for what is no schedule.
 */
export function parseSchedule(text: string, timeZone: string = 'UTC'): Schedule | undefined {
  const trimmed = text.trim()
  if (trimmed.startsWith('@every ')) return everySchedule(trimmed.slice(7))
  const zone = zoneOf(timeZone)
  const fields = parseFields(SHORT[trimmed] ?? trimmed)
  if (fields === undefined || zone === undefined) return undefined
  return { next: (after) => nextTime(fields, zone, after) }
}

function everySchedule(text: string): Schedule | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim())
  const [, hours, minutes, seconds] = match ?? []
  const number = (part: string | undefined): number => Number(part ?? 0)
  const every = ((number(hours) * 60 + number(minutes)) * 60 + number(seconds)) * 1000
  if (match === null || every === 0) return undefined
  return { next: (after) => Math.floor(after / 1000) * 1000 + every }
}

function parseFields(text: string): Fields | undefined {
  const parts = text.toLowerCase().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = parts
  if (parts.length !== 5) return undefined
  const minutes = parseField(minute, 0, 59)
  const hours = parseField(hour, 0, 23)
  const days = parseField(day, 1, 31)
  const months = parseField(month, 1, 12, MONTHS, 1)
  const weekdays = parseField(weekday, 0, 6, WEEKDAYS, 0)
  if (!minutes || !hours || !days || !months || !weekdays) return undefined
  const isOpen = (field: string): boolean => /^[*?]/.test(field)
  return { minutes, hours, days, months, weekdays, eitherDay: !isOpen(day) && !isOpen(weekday) }
}

/** `*` and steps of it, `10-30/5`, `mon-fri`, and lists of these. */
function parseField(
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  firstName: number = 0,
): Set<number> | undefined {
  const valueOf = (word: string): number => {
    const index = names.indexOf(word)
    if (index >= 0) return index + firstName
    return /^\d{1,2}$/.test(word) ? Number(word) : NaN
  }
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(part) ?? []
    const [from = '', to] = range.split('-')
    const open = from === '*' || from === '?'
    const start = open ? min : valueOf(from)
    const end = open || (to === undefined && step !== undefined) ? max : valueOf(to ?? from)
    const by = Number(step ?? 1)
    if (!(start >= min && end <= max && start <= end && by > 0)) return undefined
    for (let value = start; value <= end; value += by) values.add(value)
  }
  return values
}

/** Wall clocks are written as if they were UTC. */
interface Zone {
  toWall(at: number): number
  /** Undefined for a wall clock time that a change of the clocks skips. */
  fromWall(wall: number): number | undefined
}

function zoneOf(timeZone: string): Zone | undefined {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') {
    return { toWall: (at) => at, fromWall: (wall) => wall }
  }
  let format: Intl.DateTimeFormat
  try {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
    const clock = {
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone, ...numeric, ...clock })
  } catch {
    return undefined
  }
  const toWall = (at: number): number => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  }
  const fromWall = (wall: number): number | undefined => {
    const guesses = [wall - (toWall(wall) - wall)]
    guesses.push(wall - (toWall(guesses[0] ?? wall) - (guesses[0] ?? wall)))
    return guesses.find((at) => toWall(at) === wall)
  }
  return { toWall, fromWall }
}

function nextTime(fields: Fields, zone: Zone, after: number): number | undefined {
  const wall = zone.toWall(Math.floor(after / MINUTE_MS) * MINUTE_MS)
  const first = new Date(wall)
  first.setUTCHours(0, 0, 0, 0)
  for (let day = 0; day < LONGEST_DAYS; day++) {
    const date = new Date(first.getTime() + day * 86_400_000)
    if (!dayMatches(fields, date)) continue
    for (const time of timesOf(fields)) {
      const candidate = date.getTime() + time
      const at = candidate >= wall - 7_200_000 ? zone.fromWall(candidate) : undefined
      if (at !== undefined && at > after) return at
    }
  }
  return undefined
}

function dayMatches({ days, months, weekdays, eitherDay }: Fields, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false
  const byDay = days.has(date.getUTCDate())
  const byWeekday = weekdays.has(date.getUTCDay())
  return eitherDay ? byDay || byWeekday : byDay && byWeekday
}

/** Milliseconds from midnight, in order. */
function* timesOf({ hours, minutes }: Fields): Generator<number> {
  const inOrder = (set: ReadonlySet<number>): number[] => [...set].sort((a, b) => a - b)
  for (const hour of inOrder(hours)) {
    for (const minute of inOrder(minutes)) yield (hour * 60 + minute) * MINUTE_MS
  }
}
