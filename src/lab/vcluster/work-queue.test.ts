import { once, EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { createWorkQueue } from './work-queue.ts'

test('a key that is added while it is worked on is worked on once more, never twice at once', async () => {
  const events = new EventEmitter()
  let running = 0
  let most = 0
  let count = 0
  const queue = createWorkQueue(
    async () => {
      most = Math.max(most, ++running)
      count += 1
      if (count === 1) for (let i = 0; i < 5; i++) queue.add('a')
      await Promise.resolve()
      running -= 1
      if (count === 2) events.emit('second')
    },
    () => undefined,
  )
  const second = once(events, 'second')
  queue.add('a')
  await second
  await queue[Symbol.asyncDispose]()
  expect({ most, count }).toEqual({ most: 1, count: 2 })
})

test('work that failed is told and tried again, and other keys go on meanwhile', async () => {
  const events = new EventEmitter()
  const told: number[] = []
  const done: string[] = []
  const queue = createWorkQueue(
    (key) => {
      if (key === 'bad' && told.length < 2) return Promise.reject(new Error('not yet'))
      done.push(key)
      if (key === 'bad') events.emit('recovered')
      return Promise.resolve()
    },
    (_key, _error, attempt) => told.push(attempt),
  )
  const recovered = once(events, 'recovered')
  queue.add('bad')
  queue.add('good')
  await recovered
  await queue[Symbol.asyncDispose]()
  expect(told).toEqual([1, 2])
  expect(done).toEqual(['good', 'bad'])
})

test('after closing nothing is worked on any more', async () => {
  const done: string[] = []
  const queue = createWorkQueue(
    (key) => Promise.resolve(void done.push(key)),
    () => undefined,
  )
  await queue[Symbol.asyncDispose]()
  queue.add('late')
  expect(done).toEqual([])
})
