import { expect, test } from 'vitest'
import { createLogger } from '../../core/index.ts'
import { createWorkQueue } from './work-queue.ts'

const log = createLogger('test', 'silent')
const { signal } = new AbortController()

test('a key that is added twice is worked on once; one that comes back in work, again', async () => {
  const seen: string[] = []
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const queue = createWorkQueue({
    name: 'test',
    signal,
    log,
    async process(key) {
      seen.push(key)
      if (seen.length === 1) await gate
    },
  })
  queue.add('a')
  queue.add('a')
  await Promise.resolve()
  queue.add('b')
  queue.add('a')
  release()
  await queue.idle()
  expect(seen).toEqual(['a', 'b', 'a'])
})

test('a key that fails comes back', async () => {
  let tries = 0
  await new Promise<void>((resolve) => {
    const queue = createWorkQueue({
      name: 'test',
      signal,
      log,
      process() {
        tries += 1
        if (tries < 3) return Promise.reject(new Error('not yet'))
        resolve()
        return Promise.resolve()
      },
    })
    queue.add('a')
  })
  expect(tries).toBe(3)
})
