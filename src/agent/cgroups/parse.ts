/**
 * What the kernel writes into control group and /proc files, read without trust: what is not in the known form is not
 * there. Numbers are doubles: past 2^53 the last digits are gone (see aggregator/metric.ts).
 */

const DECIMAL = /^\d{1,20}$/

/** A whole number; undefined for `max`, an empty file and everything else. */
export function parseNumber(text: string | undefined): number | undefined {
  const word = text?.trim() ?? ''
  return DECIMAL.test(word) ? Number(word) : undefined
}

/** undefined for what stands for "no limit": nothing, 0, and version 1's number just below 2^63. */
export const bounded = (limit: number | undefined): number | undefined =>
  limit === undefined || limit === 0 || limit >= 2 ** 62 ? undefined : limit

export type Keyed = ReadonlyMap<string, number>

/** Lines `key value`, as in memory.stat and cpu.stat. */
export function parseKeyed(text: string | undefined): Keyed {
  const found = new Map<string, number>()
  for (const line of lines(text)) {
    const [key, value, more] = line.split(' ')
    const number = parseNumber(value)
    if (key && number !== undefined && more === undefined) found.set(key, number)
  }
  return found
}

/** Lines `8:0 rbytes=1 wbytes=2`, as in io.stat: by device. */
export function parseIoStat(text: string | undefined): ReadonlyMap<string, Keyed> {
  const found = new Map<string, Keyed>()
  for (const line of lines(text)) {
    const [device = '', ...pairs] = line.trim().split(/\s+/)
    if (!isDevice(device)) continue
    const values = pairs.flatMap((pair) => {
      const at = pair.indexOf('=')
      const number = parseNumber(pair.slice(at + 1))
      return at < 1 || number === undefined ? [] : [[pair.slice(0, at), number] as const]
    })
    found.set(device, new Map(values))
  }
  return found
}

/** Lines `8:0 Read 4096`, as in version 1's blkio files: by device, operations in lower case. */
export function parseBlkio(text: string | undefined): ReadonlyMap<string, Keyed> {
  const found = new Map<string, Map<string, number>>()
  for (const line of lines(text)) {
    const [device = '', operation, value] = line.trim().split(/\s+/)
    const number = parseNumber(value)
    if (!isDevice(device) || operation === undefined || number === undefined) continue
    const of = found.get(device) ?? new Map<string, number>()
    found.set(device, of.set(operation.toLowerCase(), number))
  }
  return found
}

/** Microseconds that some task waited, of `some avg10=0.00 … total=12`. */
export function parsePressure(text: string | undefined): number | undefined {
  const some = lines(text).find((line) => line.startsWith('some '))
  return parseNumber(/ total=(\d+)$/.exec(some?.trimEnd() ?? '')?.[1])
}

/** How many processors are in `0-2,7`; undefined when it says nothing. */
export function countCpus(set: string | undefined): number | undefined {
  let count = 0
  for (const range of (set ?? '').trim().split(',')) {
    const [first, last = first, more] = range.split('-')
    const [from, to] = [parseNumber(first), parseNumber(last)]
    if (from === undefined || to === undefined || more !== undefined || to < from) return undefined
    count += to - from + 1
  }
  return count
}

/** Cores of `cpu.max`: `50000 100000` is half a core; undefined for `max`. */
export function parseCpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(' ')
  return coresOf(parseNumber(quota), parseNumber(period))
}

export const coresOf = (
  quota: number | undefined,
  period: number | undefined,
): number | undefined => (quota === undefined || quota <= 0 || !period ? undefined : quota / period)

export interface NetworkDevice {
  readonly name: string
  readonly receivedBytes: number
  readonly receivedPackets: number
  readonly sentBytes: number
  readonly sentPackets: number
}

/** /proc/<pid>/net/dev without the loopback. */
export function parseNetDev(text: string | undefined): NetworkDevice[] {
  return lines(text).flatMap((line) => {
    const at = line.lastIndexOf(':')
    const name = line.slice(0, Math.max(0, at)).trim()
    const fields = line
      .slice(at + 1)
      .trim()
      .split(/\s+/)
      .map(parseNumber)
    const [receivedBytes, receivedPackets] = fields
    const [sentBytes, sentPackets] = fields.slice(8)
    if (name === '' || name === 'lo' || receivedBytes === undefined) return []
    if (receivedPackets === undefined || sentBytes === undefined) return []
    if (sentPackets === undefined) return []
    return [{ name, receivedBytes, receivedPackets, sentBytes, sentPackets }]
  })
}

const lines = (text: string | undefined): string[] =>
  (text ?? '').split('\n').filter((line) => line !== '')

const isDevice = (text: string): boolean => /^\d+:\d+$/.test(text)
