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

/** Reads once for everybody who asks within the time to live; while one read is under way, all wait for it. */
export function shareReading<L, T extends OfTenants<L>>(
  { ttlMs, maxStaleMs, clock, observe, tenants }: SharedReadingOptions<L>,
  name: string,
  read: () => Promise<T>,
): () => Promise<Reading<T>> {
  let last: Reading<T> | undefined
  let reading: Promise<Reading<T>> | undefined
  const servesFor = (ms: number): boolean => {
    if (last === undefined || last.value.tenants !== tenants()) return false
    const age = clock.now() - last.at
    // Below zero: the clock was set back, and how old it is nobody knows.
    return age >= 0 && age < ms
  }
  const refresh = async (): Promise<Reading<T>> => {
    const at = clock.now()
    try {
      const value = await read()
      // What was divided by old pods is as old as they are: it is not kept as if it were new.
      last = { value, at: value.pods?.isStale === true ? value.pods.at : at, isStale: false }
      return last
    } catch (error) {
      observe.failed(name, error)
      if (last && servesFor(ttlMs + maxStaleMs)) return { ...last, isStale: true }
      last = undefined
      throw error instanceof UpstreamError ? error : new UpstreamError(describeError(error))
    } finally {
      reading = undefined
    }
  }
  return () => {
    const isHit = last !== undefined && servesFor(ttlMs)
    observe.looked(isHit ? 'hit' : reading === undefined ? 'miss' : 'shared')
    if (last && isHit) return Promise.resolve(last)
    reading ??= refresh()
    return reading
  }
}
