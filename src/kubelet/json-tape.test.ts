import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { integerOf, itemsOf, member, readTape, stringOf } from './json-tape.ts'
import { nameTable } from './name-table.ts'

const names = nameTable(['a', 'b', 'name'])
const read = (text: string): ReturnType<typeof readTape> => readTape(Buffer.from(text), names)
const isRead = (text: string): boolean => {
  try {
    read(text)
    return true
  } catch {
    return false
  }
}
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('every JSON text is read, with any spaces', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, spaces) => {
      const text = ` ${JSON.stringify(value, undefined, spaces)}\r\n\t`
      const tape = read(text)
      expect(tape.next[0]).toBe(tape.count)
      expect(tape.bytes.toString('utf8', tape.start[0], tape.end[0])).toBe(text.trim())
    }),
  )
})

test('no text is read that is not JSON, whatever is damaged in it', () => {
  const damage = fc.tuple(
    fc.nat(),
    fc.nat(2),
    fc.constantFrom(...Array.from('{}[]",:\\0-+.eEtnu1 \t\n\u0001')),
  )
  const damaged = fc
    .tuple(fc.json({ maxDepth: 4 }), fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([json, damages]) =>
      damages.reduce((text, [where, cut, put]) => {
        const at = where % (text.length + 1)
        return text.slice(0, at) + put + text.slice(at + cut)
      }, json),
    )
  fc.assert(
    fc.property(damaged, (text) => {
      if (isRead(text)) expect(isJson(text)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

describe('numbers are those of JSON', () => {
  test.each(['0', '-0', '12', '1.5', '1e5', '-1.25E-10', '1e+9'])('%s', (text) => {
    expect(isRead(text)).toBe(true)
  })
  test.each(['', '-', '01', '1.', '.5', '1e', '1e+', '+1', '0x1', 'NaN', 'tru', 'nulll', '1 2'])(
    'not %j',
    (text) => expect(isRead(text)).toBe(false),
  )
})

test('a name that stands twice is refused, also written with escapes, and behind an object that has it too', () => {
  expect(isRead('{"a":{"a":1},"b":1}')).toBe(true)
  expect(isRead('{"a":{"a":1},"a":2}')).toBe(false)
  expect(isRead(String.raw`{"name":1,"n\u0061me":2}`)).toBe(false)
  expect(isRead(String.raw`{"other":1,"\u006fther":2}`)).toBe(false)
  expect(isRead('{"":1,"":2}')).toBe(false)
})

test('members, items and values are found by their rows', () => {
  const tape = read(
    String.raw`{"x":[9],"n\u0061me":"\u00e9","b":[1,{"a":36893488147419103232},-7]}`,
  )
  expect(stringOf(tape, member(tape, 0, 'name'))).toBe('é')
  const items = itemsOf(tape, member(tape, 0, 'b'))
  expect(items.map((row) => integerOf(tape, row))).toEqual([1, undefined, -7])
  expect(integerOf(tape, member(tape, items[1] ?? -1, 'a'))).toBe(36893488147419103232n)
  expect(member(tape, 0, 'a')).toBe(-1)
  expect(member(tape, member(tape, 0, 'b'), 'a')).toBe(-1)
})
