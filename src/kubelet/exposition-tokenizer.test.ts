import { expect, test } from 'vitest'
import { viewOf } from './exposition-bytes.ts'
import { createLabelSpans, scanLabels } from './exposition-tokenizer.ts'
import { nameTable } from './name-table.ts'

const names = nameTable(['namespace', 'pod', 'id'])

test('of all bytes, the same ones may stand anywhere in a value', () => {
  const spans = createLabelSpans()
  for (let byte = 0; byte < 256; byte++) {
    for (let at = 0; at < 9; at++) {
      const value = Buffer.alloc(9, 'x')
      value[at] = byte
      const set = Buffer.concat([Buffer.from('{pod="'), value, Buffer.from('"} 1\n')])
      const end = scanLabels(set, viewOf(set), 0, names, spans)
      const isText = byte >= 0x20 && byte !== 0x7f && byte !== 0x22 && byte !== 0x5c
      expect([byte, at, end]).toEqual([byte, at, isText ? set.length - 3 : -1])
      if (isText) expect(spans.high).toBe(byte > 0x7f)
    }
  }
})

test.each([
  ['{namespace="a",pod="b",pod="c"} 1\n', -2],
  ['{namespace="a",namespace="b"} 1\n', -2],
  ['{namespace="a",pode="b"} 1\n', 24],
  ['{namespacf="a",pod="b"} 1\n', 23],
  ['{namespace=a} 1\n', -1],
  ['{namespace="a",pod\n', -1],
  ['{namespace="a",id="b",pod="c"} 1\n', 30],
])('after a set with these names, %j ends at %i', (text, end) => {
  const spans = createLabelSpans()
  const before = Buffer.from('{namespace="x",pod="y",id="z"} 1\n')
  expect(scanLabels(before, viewOf(before), 0, names, spans)).toBe(30)
  const set = Buffer.from(text)
  expect(scanLabels(set, viewOf(set), 0, names, spans)).toBe(end)
})
