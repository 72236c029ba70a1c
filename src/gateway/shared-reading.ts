import { describeError, type Clock } from '../core/index.ts'
import { UpstreamError } from './upstream.ts'

/** Something that was read at some time. */
export interface Reading<T> {
  readonly value: T
  /** Milliseconds since 1970. */
  readonly at: number
  /** It is older than it should be: the last try to read it failed. */
  readonly isStale: boolean
}

/** What is read is of one list of tenants: with another list it ends. */
export interface OfTenants<L> {
  /** The list of tenants that this was divided for. */
  readonly tenants: L
  /** The reading of the pods that it was divided by. */
  readonly pods?: Reading<unknown>
}

export interface SharedReadingOptions<L> {
  /** The tenants of this moment: another list after each change. */
  readonly tenants: () => L
  readonly ttlMs: number
  /** How long an old reading may serve when the kubelet fails. */
  readonly maxStaleMs: number
  readonly clock: Clock
  readonly observe: {
    failed(endpoint: string, error: unknown): void
    looked(result: 'hit' | 'shared' | 'miss'): void
  }
}

/** Gives what was read last, or what is being read. */
export interface SharedReading<T> {
  /** `to divide by`: who makes something of it that will be kept waits for the newer one when that is due. */
  (purpose?: 'to divide by'): Promise<Reading<T>>
  /** What was read within so many milliseconds, where no read has failed since; else as above. */
  recent(ms: number): Promise<Reading<T>>
}

/** Whether the last reading is still given to who asks: in its time, or in place of one that fails. */
export interface StillServes {
  readonly now: () => boolean
  readonly ifThisFails: () => boolean
}

/**
 * Reads once for everybody who asks within the time to live; while one read is under way, all wait for it. Where somebody asks
 * shortly before the end of that time, the next read begins and the last one serves meanwhile, so that nobody waits as long as
 * there is always somebody who asks. Nothing is read that nobody asks for, and nothing is served beyond its time.
 */
export function shareReading<L, T extends OfTenants<L>>(
  { ttlMs, maxStaleMs, clock, observe, tenants }: SharedReadingOptions<L>,
  name: string,
  read: (last: T | undefined, serves: StillServes) => Promise<T>,
): SharedReading<T> {
  let last: Reading<T> | undefined
  let reading: Promise<Reading<T>> | undefined
  /** How long before the end the next read begins; 0 after one that failed before its time. */
  let aheadMs = 0
  let hasFailed = false
  const ageOf = ({ at }: Reading<T>): number => clock.now() - at
  const servesFor = (ms: number): boolean => {
    if (last === undefined || last.value.tenants !== tenants()) return false
    const age = ageOf(last)
    // Below zero: the clock was set back, and how old it is nobody knows.
    return age >= 0 && age < ms
  }
  const refresh = async (): Promise<Reading<T>> => {
    const at = clock.now()
    try {
      const value = await read(last?.value, {
        now: () => servesFor(ttlMs),
        ifThisFails: () => servesFor(ttlMs + maxStaleMs),
      })
      // What was divided by old pods is as old as they are: it is not kept as if it were new.
      last = { value, at: value.pods?.isStale === true ? value.pods.at : at, isStale: false }
      hasFailed = false
      aheadMs = Math.min(AHEAD_FACTOR * Math.max(0, clock.now() - at), ttlMs * AHEAD_PART)
      return last
    } catch (error) {
      observe.failed(name, error)
      hasFailed = true
      aheadMs = 0
      if (last && servesFor(ttlMs)) return last
      if (last && servesFor(ttlMs + maxStaleMs)) return { ...last, isStale: true }
      last = undefined
      throw error instanceof UpstreamError ? error : new UpstreamError(describeError(error))
    } finally {
      reading = undefined
    }
  }
  const begin = (): Promise<Reading<T>> => {
    if (reading === undefined) {
      reading = refresh()
      // Perhaps nobody waits for it.
      reading.catch(() => undefined)
    }
    return reading
  }
  const give = (purpose?: 'to divide by'): Promise<Reading<T>> => {
    const hit = servesFor(ttlMs) ? last : undefined
    observe.looked(hit !== undefined ? 'hit' : reading === undefined ? 'miss' : 'shared')
    if (hit === undefined) return begin()
    if (!servesFor(ttlMs - aheadMs)) void begin()
    return purpose === undefined ? Promise.resolve(hit) : (reading ?? Promise.resolve(hit))
  }
  const recent = (ms: number): Promise<Reading<T>> =>
    last && !hasFailed && servesFor(ms) ? Promise.resolve(last) : give()
  return Object.assign(give, { recent })
}

/** A read may take so many times as long as the last one without making anybody wait. */
const AHEAD_FACTOR = 3
/** Of the time to live; more would be reading too often. */
const AHEAD_PART = 0.25
