import { expect, test } from 'vitest'
import { manualClock } from '../../core/index.ts'
import { createRequestBudget } from './request-budget.ts'

test('so many at once, then so many a second, and no more saved than that', async () => {
  const clock = manualClock()
  const budget = createRequestBudget({ perSecond: 100, burst: 3, clock })
  const take = (): Promise<number> => budget.take()
  expect([await take(), await take(), await take()]).toEqual([0, 0, 0])
  expect(await Promise.all([take(), take(), take()])).toEqual([10, 20, 30])
  clock.advance(1_000_000)
  expect(await Promise.all([take(), take(), take(), take()])).toEqual([0, 0, 0, 10])
})

test('who may not wait that long is refused at once, and takes nothing', async () => {
  const budget = createRequestBudget({ perSecond: 100, burst: 1, clock: manualClock() })
  await budget.take({ withinMs: 0 })
  await expect(budget.take({ withinMs: 9 })).rejects.toThrow('used up')
  expect(await budget.take({ withinMs: 10 })).toBe(10)
})

test('who goes away gives the place back', async () => {
  const budget = createRequestBudget({ perSecond: 1, burst: 1, clock: manualClock() })
  await budget.take()
  const gone = new AbortController()
  const waiting = budget.take({ signal: gone.signal })
  gone.abort(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
  await expect(budget.take({ withinMs: 1500, signal: gone.signal })).rejects.toThrow('gone')
  const again = new AbortController()
  const second = budget.take({ withinMs: 1000, signal: again.signal })
  again.abort(new Error('done'))
  await expect(second).rejects.toThrow('done')
})

test('a clock that is set back fills nothing', async () => {
  let now = 1000
  const budget = createRequestBudget({ perSecond: 100, burst: 1, clock: { now: () => now } })
  await budget.take()
  now = 0
  expect(await budget.take()).toBe(10)
})
