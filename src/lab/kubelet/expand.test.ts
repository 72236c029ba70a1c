import { expect, test } from 'vitest'
import { expand } from './expand.ts'

const values = new Map([
  ['WHO', 'world'],
  ['EMPTY', ''],
])

test.each([
  ['hello $(WHO)', 'hello world'],
  ['$(WHO)$(WHO)', 'worldworld'],
  ['[$(EMPTY)]', '[]'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$$(WHO)', '$(WHO)'],
  ['$$$(WHO)', '$world'],
  ['$WHO ${WHO} $', '$WHO ${WHO} $'],
  ['$(WHO', '$(WHO'],
])('%s becomes %s', (text, expected) => {
  expect(expand(text, values)).toBe(expected)
})
