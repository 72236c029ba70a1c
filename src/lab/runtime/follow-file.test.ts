import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { followFile, offsetOfLastLines, type Writer } from './follow-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'sublet-follow-'))
afterAll(() => rmSync(dir, { recursive: true }))
const fromStart = (): Promise<number> => Promise.resolve(0)

function writer(): Writer & { end(): void } {
  let running = true
  const listeners = new Set<() => void>()
  return {
    isRunning: () => running,
    onEnd: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    end() {
      running = false
      for (const listener of listeners) listener()
    },
  }
}

test('a file is followed through its rotation to the end of its writer', async () => {
  const path = join(dir, 'rotated.log')
  writeFileSync(path, 'one\n')
  const alive = writer()
  const chunks = followFile(path, fromStart, alive, new AbortController().signal)
  const next = async (): Promise<string> => String((await chunks.next()).value)
  expect(await next()).toBe('one\n')
  const two = next()
  appendFileSync(path, 'two\n')
  expect(await two).toBe('two\n')
  const three = next()
  appendFileSync(path, 'three\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'four\n')
  expect((await three) + (await next())).toBe('three\nfour\n')
  const last = chunks.next()
  appendFileSync(path, 'five\n')
  alive.end()
  expect(String((await last).value)).toBe('five\n')
  expect(await chunks.next()).toEqual({ done: true, value: undefined })
})

test('it ends when the reader is gone, and at once without a writer', async () => {
  const path = join(dir, 'left.log')
  writeFileSync(path, 'one\n')
  const gone = new AbortController()
  const chunks = followFile(path, fromStart, writer(), gone.signal)
  await chunks.next()
  const end = chunks.next()
  gone.abort()
  expect(await end).toEqual({ done: true, value: undefined })
  const whole = followFile(path, fromStart, undefined, new AbortController().signal)
  expect(String((await whole.next()).value)).toBe('one\n')
  expect((await whole.next()).done).toBe(true)
  const missing = followFile(join(dir, 'none'), fromStart, undefined, new AbortController().signal)
  await expect(missing.next()).rejects.toThrow('ENOENT')
})

test.each([
  ['', 3, ''],
  ['a\nb\nc\n', 0, ''],
  ['a\nb\nc\n', 2, 'b\nc\n'],
  ['a\nb\nc\n', 3, 'a\nb\nc\n'],
  ['a\nb\nc\n', 9, 'a\nb\nc\n'],
  ['a\nb', 1, 'b'],
  [`${'x'.repeat(70_000)}\n${'y'.repeat(70_000)}\nz\n`, 2, `${'y'.repeat(70_000)}\nz\n`],
])('the last lines of a file begin where they should (%#)', async (content, lines, expected) => {
  const path = join(dir, 'tail.log')
  writeFileSync(path, content)
  const file = await open(path)
  const offset = await offsetOfLastLines(file, lines)
  await file.close()
  expect(content.slice(offset)).toBe(expected)
})
