import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatBytes, formatCpu, parseCpuMillicores, parseQuantity } from './quantity.ts'

test.each([
  ['0', 0],
  ['100m', 0.1],
  ['0.1', 0.1],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['5.', 5],
  ['-3', -3],
  ['+3', 3],
  ['1k', 1000],
  ['1e3', 1000],
  ['1E3', 1000],
  ['1.5e-1', 0.15],
  ['1E', 1e18],
  ['1M', 1e6],
  ['200Mi', 209_715_200],
  ['1Gi', 1_073_741_824],
  ['0.5Gi', 536_870_912],
  ['1Ki', 1024],
  ['8Ei', 2 ** 63],
  ['100n', 1e-7],
  ['250u', 0.00025],
])('%s is %d', (text, value) => {
  expect(parseQuantity(text)).toEqual({ ok: true, value })
})

test.each([
  '',
  ' ',
  'm',
  '.',
  '-',
  '1.2.3',
  '1 Gi',
  '1K',
  '1gi',
  '1mi',
  '0x10',
  '1e',
  '1e999',
  '1e99',
  'NaN',
  'Infinity',
  '1,5',
  '9'.repeat(100),
])('"%s" is no quantity', (text) => {
  expect(parseQuantity(text).ok).toBe(false)
  expect(parseCpuMillicores(text).ok).toBe(false)
})

test.each([
  ['100m', 100],
  ['0.1', 100],
  ['1', 1000],
  ['1.0001', 1001],
  ['100u', 1],
  ['2k', 2_000_000],
  ['-1.5', -1500],
])('%s are %d millicores', (text, value) => {
  expect(parseCpuMillicores(text)).toEqual({ ok: true, value })
})

test('what is formatted is parsed to the same', () => {
  fc.assert(
    fc.property(fc.nat(), fc.maxSafeNat(), (cpu, bytes) => {
      expect(parseCpuMillicores(formatCpu(cpu))).toEqual({ ok: true, value: cpu })
      expect(parseQuantity(formatBytes(bytes))).toEqual({ ok: true, value: bytes })
    }),
  )
  expect([formatCpu(1500), formatCpu(2000), formatBytes(64 * 1024 ** 2)]).toEqual([
    '1500m',
    '2',
    '64Mi',
  ])
})

test('decimals are read as the nearest number, junk without an exception', () => {
  fc.assert(
    fc.property(fc.integer(), fc.stringMatching(/^\d{0,12}$/), (whole, fraction) => {
      const text = `${whole}.${fraction}`
      expect(parseQuantity(text)).toEqual({ ok: true, value: Number(text) + 0 })
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => typeof parseQuantity(text).ok === 'boolean'))
})
