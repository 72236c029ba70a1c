import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalText, viewOf } from './exposition-bytes.ts'

test('a text is equal to itself at any place, and to none that differs in a byte', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }),
      fc.nat(9),
      fc.nat(9),
      fc.nat(),
      (given, a, b, place) => {
        const text = Buffer.from(given.replaceAll('\0', '-'))
        const left = Buffer.concat([Buffer.alloc(a, 'x'), text])
        const right = Buffer.concat([Buffer.alloc(b, 'y'), text])
        const same = (): boolean => equalText(viewOf(left), a, viewOf(right), b, text.length)
        expect(same()).toBe(true)
        expect(equalText(viewOf(left), a + 1, viewOf(right), b, text.length)).toBe(false)
        const at = a + (place % text.length)
        left[at] = (left[at] as number) ^ 1
        expect(same()).toBe(false)
      },
    ),
  )
})
