import fc from 'fast-check'
import { expect, test } from 'vitest'
import { viewOf } from '../../kubelet/exposition-bytes.ts'
import { tailEnd } from '../../kubelet/exposition-tail.ts'
import { lineEnd } from './line-end.ts'

const digits = fc.stringMatching(/^[0-9]{0,16}$/)
const tail = fc.tuple(
  fc.constantFrom(' ', '', '  ', '\t'),
  fc.constantFrom('', '-', '+'),
  digits,
  fc.constantFrom('', '.', '..', 'N', 'NaN', 'Inf'),
  digits,
  fc.constantFrom('', 'e+', 'e', 'e-', 'E', 'e+x'),
  fc.stringMatching(/^[0-9]{0,3}$/),
  fc.constantFrom(' ', '', '  '),
  fc.oneof(
    fc.stringMatching(/^[0-9]{13}$/),
    fc.stringMatching(/^-?[0-9]{0,14}$/),
    fc.stringMatching(/^[0-9]{6}[-:/0-9\u00fa]{7}$/),
  ),
  fc.constantFrom('\n', '\r\n', ' \n'),
)

test('the end of a line is where the table says, and no end where it says none', () => {
  fc.assert(
    fc.property(fc.array(tail, { minLength: 1, maxLength: 3 }), (tails) => {
      const bytes = Buffer.from(`x${tails.flat().join('')}\n`, 'latin1')
      for (let at = 0; at < bytes.length; at++) {
        expect(lineEnd(bytes, viewOf(bytes), at)).toBe(tailEnd(bytes, at))
      }
    }),
    { numRuns: 500 },
  )
})

test('a tail is never longer than the table allows', () => {
  for (let length = 100; length < 130; length++) {
    const bytes = Buffer.from(` ${'1'.repeat(length)} 1768210205123\n`)
    expect(lineEnd(bytes, viewOf(bytes), 0)).toBe(tailEnd(bytes, 0))
  }
})
