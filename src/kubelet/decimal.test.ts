import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDecimals, formatDecimal, parseDecimal, ZERO } from './decimal.ts'

const sumOf = (...texts: string[]): string =>
  formatDecimal(
    texts.map((text) => parseDecimal(text) ?? ZERO).reduce((a, b) => addDecimals(a, b), ZERO),
  )

describe('sums', () => {
  test.each([
    [['0.1', '0.2'], '0.3'],
    [['1.011712e+06', '933888'], '1945600'],
    [['90071992547.409930001', '0.000000001'], '90071992547.409930002'],
    [['1e-07', '1'], '1.0000001'],
    [['0', '0.000'], '0'],
    [[], '0'],
  ])('%j are %s, to the last digit', (texts, sum) => {
    expect(sumOf(...texts)).toBe(sum)
  })

  test('nanoseconds add up as integers do', () => {
    const nanoseconds = fc.bigInt({ min: 0n, max: 1n << 64n })
    fc.assert(
      fc.property(fc.array(nanoseconds), (readings) => {
        const total = readings.reduce((a, b) => a + b, 0n)
        const asSeconds = (n: bigint): string => formatDecimal({ digits: n, places: 9 })
        expect(sumOf(...readings.map(asSeconds))).toBe(asSeconds(total))
      }),
    )
  })
})

test.each(['NaN', '+Inf', '-1', '', '.5', '1.', '1e999', '0x1', '1 2', '9'.repeat(41)])(
  'there is no sum of %s',
  (text) => {
    expect(parseDecimal(text)).toBeUndefined()
  },
)
