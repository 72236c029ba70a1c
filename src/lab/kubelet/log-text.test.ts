import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLogText, type TextOptions } from './log-text.ts'

const raw = [
  '2026-11-22T10:00:01.000000000Z stdout F one',
  '2026-11-22T10:00:02.000000000Z stderr F two',
  '2026-11-22T10:00:03.000000000Z stdout P thr',
  '2026-11-22T10:00:04.000000000Z stdout F ee',
  'garbage',
  '2026-11-22T10:00:05.000000000Z stdout F ',
  '',
].join('\n')

const textOf = (options: Partial<TextOptions>, chunks = [Buffer.from(raw)]): string => {
  const text = createLogText({ timestamps: false, ...options })
  return Buffer.concat(chunks.map((chunk) => text.add(chunk))).toString()
}

test('partial lines are joined, other text is left out', () => {
  expect(textOf({})).toBe('one\ntwo\nthree\n\n')
})

test('with times, one for each whole line', () => {
  expect(textOf({ timestamps: true })).toBe(
    [
      '2026-11-22T10:00:01.000000000Z one',
      '2026-11-22T10:00:02.000000000Z two',
      '2026-11-22T10:00:03.000000000Z three',
      '2026-11-22T10:00:05.000000000Z \n',
    ].join('\n'),
  )
})

test('what is older is left out', () => {
  expect(textOf({ since: Date.parse('2026-11-22T10:00:04.5Z') })).toBe('\n')
  expect(textOf({ since: Date.parse('2026-11-22T10:00:02Z') })).toBe('two\nthree\n\n')
})

test('the limit cuts in the middle of a line', () => {
  expect(textOf({ limitBytes: 6 })).toBe('one\ntw')
  const text = createLogText({ timestamps: false, limitBytes: 6 })
  text.add(Buffer.from(raw))
  expect(text.isFull).toBe(true)
  expect(text.add(Buffer.from(raw)).length).toBe(0)
})

test('it does not matter where the bytes are cut', () => {
  const bytes = Buffer.from(raw)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), fc.nat(30), (cuts, limit) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
      const options = { timestamps: true, limitBytes: limit + 1 }
      expect(textOf(options, chunks)).toBe(textOf(options))
    }),
  )
})
