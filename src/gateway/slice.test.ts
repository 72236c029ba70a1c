import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { sliceOf } from './slice.ts'

test('a slice that was only compressed gives its memory back, once, and can still be read', async () => {
  const memory = Buffer.from('a 1\n')
  let recycled = 0
  const slice = sliceOf(memory, () => {
    recycled++
    memory.fill('x')
  })
  expect(slice.isCompressed()).toBe(false)
  const [once, again] = await Promise.all([slice.gzipped(), slice.gzipped()])
  expect(again).toBe(once)
  expect(gunzipSync(once).toString()).toBe('a 1\n')
  expect((await slice.bytes()).toString()).toBe('a 1\n')
  expect(await slice.bytes()).toBe(await slice.bytes())
  expect(recycled).toBe(1)
})

test.each([
  ['before', 'a 1\n'],
  ['while', 'a 1\n'],
  // Too many to be compressed at once.
  ['while', 'a 1\n'.repeat(50_000)],
])('bytes that were handed out %s they are compressed are never used again', async (when, text) => {
  const memory = Buffer.from(text)
  let recycled = 0
  const slice = sliceOf(memory, () => recycled++)
  const handedOut = when === 'before' ? await slice.bytes() : undefined
  const compressing = slice.gzipped()
  const bytes = handedOut ?? (await slice.bytes())
  await compressing
  expect(recycled).toBe(0)
  expect(await slice.bytes()).toBe(bytes)
  expect(bytes).toBe(memory)
})
