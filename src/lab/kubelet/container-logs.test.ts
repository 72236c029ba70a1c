import { expect, test } from 'vitest'
import { logText } from './container-logs.ts'

const raw = [
  'T1 stdout F one',
  'T2 stderr F two',
  'T3 stdout P thr',
  'T4 stdout F ee',
  'garbage',
  'T5 stdout F ',
  '',
].join('\n')

test('partial lines are joined, other text is left out', () => {
  expect(logText(raw, {})).toBe('one\ntwo\nthree\n\n')
})
test('the last lines only', () => {
  expect(logText(raw, { tailLines: 2 })).toBe('three\n\n')
  expect(logText(raw, { tailLines: 0 })).toBe('')
})
test('with times', () => {
  expect(logText(raw, { tailLines: 2, timestamps: true })).toBe('T3 three\nT5 \n')
})
