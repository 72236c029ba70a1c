import { expect, test } from 'vitest'
import { manualClock } from '../core/index.ts'
import { createTtlCache } from './ttl-cache.ts'

test('an answer is remembered until it expires', async () => {
  const clock = manualClock()
  const cache = createTtlCache<number>({ maxEntries: 10, clock })
  let asked = 0
  const ask = (): Promise<{ value: number; expiresAt: number }> =>
    Promise.resolve({ value: ++asked, expiresAt: clock.now() + 100 })
  expect([await cache.get('a', ask), await cache.get('a', ask)]).toEqual([1, 1])
  clock.advance(100)
  expect(await cache.get('a', ask)).toBe(2)
})

test('who asks at the same time shares one question, and its error, which is not remembered', async () => {
  const cache = createTtlCache<string>({ maxEntries: 10, clock: manualClock() })
  let asked = 0
  const fail = (): Promise<never> => {
    asked++
    return Promise.reject(new Error('down'))
  }
  const both = await Promise.allSettled([cache.get('a', fail), cache.get('a', fail)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(asked).toBe(1)
  expect(cache.pending).toBe(0)
  await expect(cache.get('a', fail)).rejects.toThrow('down')
  expect(asked).toBe(2)
})

test('it is bounded: the oldest entries go first', async () => {
  const clock = manualClock()
  const cache = createTtlCache<number>({ maxEntries: 3, clock })
  for (let i = 0; i < 100; i++) {
    await cache.get(String(i), () => Promise.resolve({ value: i, expiresAt: clock.now() + 1000 }))
  }
  expect(cache.size).toBe(3)
  expect(cache.has('99')).toBe(true)
  expect(cache.has('0')).toBe(false)
})

test('an answer that has expired already is given but not remembered', async () => {
  const clock = manualClock()
  const cache = createTtlCache<number>({ maxEntries: 3, clock })
  const late = { value: 1, expiresAt: clock.now() }
  expect(await cache.get('a', () => Promise.resolve(late))).toBe(1)
  expect(cache.size).toBe(0)
})

test('a clock that is set back makes no answer live longer', async () => {
  const clock = manualClock()
  const cache = createTtlCache<number>({ maxEntries: 3, clock })
  let asked = 0
  const ask = (): Promise<{ value: number; expiresAt: number }> =>
    Promise.resolve({ value: ++asked, expiresAt: clock.now() + 100 })
  await cache.get('a', ask)
  clock.advance(-1_000)
  expect(await cache.get('a', ask)).toBe(2)
})
