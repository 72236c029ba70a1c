import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goFloat } from './go-float.ts'

test.each([
  [0, '0'],
  [1, '1'],
  [-1, '-1'],
  [933888, '933888'],
  [1011712, '1.011712e+06'],
  [100000, '100000'],
  [1e6, '1e+06'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [0.565026505, '0.565026505'],
  [1.795348546e9, '1.795348546e+09'],
  [5991383536827, '5.991383536827e+12'],
  [298.0232238769531, '298.0232238769531'],
  [1.5e300, '1.5e+300'],
  [NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('%s is written as %s', (value, text) => {
  expect(goFloat(value)).toBe(text)
})

test('what is written is read back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(goFloat(value))).toBe(value === 0 ? 0 : value)
    }),
  )
})
