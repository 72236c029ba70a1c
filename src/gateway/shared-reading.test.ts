import { describe, expect, test } from 'vitest'
import { manualClock } from '../core/index.ts'
import { shareReading, type SharedReading } from './shared-reading.ts'

const TTL = 5_000
const tenants: readonly string[] = ['k8s1']

interface Value {
  readonly tenants: readonly string[]
  readonly number: number
}

/** Something whose every read takes 100 ms, or as long as it is told, and fails when it is told. */
function createSource(maxStaleMs = 0): {
  clock: ReturnType<typeof manualClock>
  ask: SharedReading<Value>
  reads: () => number
  /** Ends the read that is under way. */
  readonly end: (ms?: number, fault?: Error) => Promise<void>
} {
  const clock = manualClock()
  let reads = 0
  let done: ((fault?: Error) => void) | undefined
  const observe = { failed: () => undefined, looked: () => undefined }
  const options = { tenants: () => tenants, ttlMs: TTL, maxStaleMs, clock, observe }
  const ask = shareReading<readonly string[], Value>(options, 'x', async (): Promise<Value> => {
    const number = ++reads
    await new Promise<void>((resolve, reject) => {
      done = (fault) => (fault ? reject(fault) : resolve())
    })
    return { tenants, number }
  })
  return {
    clock,
    ask,
    reads: () => reads,
    async end(ms = 100, fault) {
      clock.advance(ms)
      done?.(fault)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('something that all read once', () => {
  test('who only wants to know that it can be read takes an older one, unless a read has failed since', async () => {
    const { clock, ask, reads, end } = createSource()
    void ask()
    await end()
    clock.advance(29_000)
    expect((await ask.recent(30_000)).value.number).toBe(1)
    expect(reads()).toBe(1)
    clock.advance(1_000)
    const second = ask.recent(30_000)
    await end()
    expect((await second).value.number).toBe(2)

    clock.advance(TTL)
    const failed = expect(ask()).rejects.toThrow('gone')
    await end(100, new Error('gone'))
    await failed
    const fourth = ask.recent(30_000)
    expect(reads()).toBe(4)
    await end()
    expect((await fourth).value.number).toBe(4)
  })

  test('shortly before its end it is read again, and nobody waits', async () => {
    const { clock, ask, reads, end } = createSource()
    const first = ask()
    await end()
    expect((await first).value.number).toBe(1)
    clock.advance(TTL - 100 - 301)
    expect((await ask()).value.number).toBe(1)
    expect(reads()).toBe(1)
    clock.advance(1)
    // Three times as long as the last read took are left.
    expect((await ask()).value.number).toBe(1)
    expect((await ask()).value.number).toBe(1)
    expect(reads()).toBe(2)
    await end()
    expect((await ask()).value.number).toBe(2)
    expect(reads()).toBe(2)
  })

  test('nothing is read that nobody asks for', async () => {
    const { clock, ask, reads, end } = createSource()
    const first = ask()
    await end()
    await first
    clock.advance(100 * TTL)
    await new Promise((resolve) => setImmediate(resolve))
    expect(reads()).toBe(1)
  })

  test('nothing is served beyond its time, however long the next read takes', async () => {
    const { clock, ask, end } = createSource()
    const first = ask()
    await end()
    await first
    clock.advance(TTL - 200)
    expect((await ask()).value.number).toBe(1)
    clock.advance(99)
    expect((await ask()).value.number).toBe(1)
    clock.advance(1)
    const waiting = ask()
    await end()
    expect((await waiting).value.number).toBe(2)
  })

  test('a read ahead that fails is not tried again before the end, and harms nobody', async () => {
    const { clock, ask, reads, end } = createSource()
    const first = ask()
    await end()
    await first
    clock.advance(TTL - 400)
    await ask()
    await end(1, new Error('the kubelet is away'))
    expect(await ask()).toMatchObject({ value: { number: 1 }, isStale: false })
    clock.advance(200)
    expect((await ask()).value.number).toBe(1)
    expect(reads()).toBe(2)
    clock.advance(99)
    const late = ask()
    expect(reads()).toBe(3)
    await end(1, new Error('the kubelet is away'))
    await expect(late).rejects.toThrow('the kubelet is away')
  })

  test('a slow source is read ahead by a quarter of the time to live at most', async () => {
    const { clock, ask, reads, end } = createSource()
    const first = ask()
    await end(3_000)
    await first
    clock.advance(TTL * 0.75 - 3_000 - 1)
    await ask()
    expect(reads()).toBe(1)
    clock.advance(1)
    await ask()
    expect(reads()).toBe(2)
    await end()
  })

  test('who divides something by it waits for the newer one when that is due', async () => {
    const { clock, ask, reads, end } = createSource()
    const first = ask('to divide by')
    await end()
    await first
    expect((await ask('to divide by')).value.number).toBe(1)
    clock.advance(TTL - 300)
    const newer = ask('to divide by')
    expect(reads()).toBe(2)
    await end()
    expect((await newer).value.number).toBe(2)
  })

  test('old things are served only when the read failed, for so long, and are called old', async () => {
    const { clock, ask, end } = createSource(1_000)
    const first = ask()
    await end()
    await first
    clock.advance(TTL)
    const second = ask()
    await end(100, new Error('away'))
    expect(await second).toMatchObject({ value: { number: 1 }, isStale: true })
    clock.advance(1_000)
    const third = ask()
    await end(100, new Error('away'))
    await expect(third).rejects.toThrow('away')
  })
})
