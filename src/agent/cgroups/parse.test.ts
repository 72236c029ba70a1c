import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bounded,
  countCpus,
  parseBlkio,
  parseCpuMax,
  parseIoStat,
  parseKeyed,
  parseNetDev,
  parseNumber,
  parsePressure,
} from './parse.ts'

test.each([
  ['12\n', 12],
  ['18446744073709551615', 2 ** 64],
  ['max', undefined],
  ['', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  [undefined, undefined],
])('a number: %o', (text, value) => expect(parseNumber(text)).toBe(value))

test('what stands for no limit is none', () => {
  expect([0, 9223372036854771712, 4096, undefined].map(bounded)).toEqual([
    undefined,
    undefined,
    4096,
    undefined,
  ])
})

test.each([
  ['0-3\n', 4],
  ['0', 1],
  ['0-1,7,9-10', 5],
  ['', undefined],
  ['3-1', undefined],
  ['a', undefined],
  ['1-2-3', undefined],
])('processors in %o', (set, count) => expect(countCpus(set)).toBe(count))

test.each([
  ['50000 100000\n', 0.5],
  ['max 100000', undefined],
  ['100000 0', undefined],
])('cpu.max %o', (text, cores) => expect(parseCpuMax(text)).toBe(cores))

describe('files of several lines', () => {
  test('keys and numbers; a line of another form is left out', () => {
    expect([...parseKeyed('anon 12\nfile max\nx 1 2\n\nslab 7')]).toEqual([
      ['anon', 12],
      ['slab', 7],
    ])
  })

  test('disks of version 2 and of version 1', () => {
    const v2 = parseIoStat('8:0 rbytes=1 wbytes=2 rios=x\nloop0 rbytes=9\n')
    expect([...(v2.get('8:0') ?? [])]).toEqual([
      ['rbytes', 1],
      ['wbytes', 2],
    ])
    expect(v2.size).toBe(1)
    const v1 = parseBlkio('8:0 Read 5\n8:0 Write 6\n8:0 Total 11\nTotal 11\n')
    expect([...(v1.get('8:0') ?? [])]).toEqual([
      ['read', 5],
      ['write', 6],
      ['total', 11],
    ])
  })

  test('pressure: how long some task waited', () => {
    const text = 'some avg10=0.00 avg60=0.12 total=77\nfull avg10=0.00 total=5\n'
    expect(parsePressure(text)).toBe(77)
    expect(parsePressure('full avg10=0.00 total=5\n')).toBeUndefined()
  })

  test('interfaces but the loopback, also where the number follows the colon at once', () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
    lo:     100       1    0    0    0     0          0         0      100       1    0    0
  eth0:12345      20    0    0    0     0          0         0      678       9    0    0
`
    expect(parseNetDev(text)).toEqual([
      { name: 'eth0', receivedBytes: 12345, receivedPackets: 20, sentBytes: 678, sentPackets: 9 },
    ])
  })
})

test('whatever a file holds: numbers that are none never come out', () => {
  const piece = fc.constantFrom('8:0', ' ', '\n', 'some', 'total=', '-', ',', '1', 'max', 'é', ':')
  const text = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
    fc.string(),
  )
  const real = (value: number | undefined): boolean => value === undefined || value >= 0
  fc.assert(
    fc.property(text, (any) => {
      const all = [
        parseNumber(any),
        parsePressure(any),
        countCpus(any),
        parseCpuMax(any),
        ...parseKeyed(any).values(),
        ...[...parseIoStat(any).values(), ...parseBlkio(any).values()].flatMap((m) => [
          ...m.values(),
        ]),
        ...parseNetDev(any).flatMap((one) => [one.receivedBytes, one.sentPackets]),
      ]
      expect(all.every(real)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
