import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { onAbort } from './on-abort.ts'

test('however many wait for a signal, it has one listener', () => {
  const controller = new AbortController()
  const called: number[] = []
  const takeBack = Array.from({ length: 50 }, (_, i) =>
    onAbort(controller.signal, () => called.push(i)),
  )
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  for (const each of takeBack.slice(2)) each()
  controller.abort()
  expect(called).toEqual([0, 1])
})

test('a signal that has fired calls at once, and none calls twice', () => {
  const controller = new AbortController()
  let calls = 0
  onAbort(controller.signal, () => calls++)
  controller.abort()
  onAbort(controller.signal, () => calls++)
  controller.abort()
  expect(calls).toBe(2)
})
