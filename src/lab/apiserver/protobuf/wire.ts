export interface RawField {
  readonly number: number
  readonly raw: Buffer | bigint
}

const VARINT = 0
const FIXED_64 = 1
const BYTES = 2
const FIXED_32 = 5

/** The fields of a message as they are on the wire. Throws on cut-off bytes. */
export function* readFields(bytes: Buffer): Generator<RawField> {
  let at = 0
  const varint = (): bigint => {
    let result = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at]
      if (byte === undefined) throw new Error('unexpected end')
      at += 1
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return result
    }
    throw new Error('a number is too long')
  }
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new Error('unexpected end')
    at += count
    return bytes.subarray(at - count, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const number = Math.floor(tag / 8)
    switch (tag % 8) {
      case VARINT:
        yield { number, raw: varint() }
        break
      case FIXED_64:
        yield { number, raw: take(8) }
        break
      case BYTES:
        yield { number, raw: take(Number(varint())) }
        break
      case FIXED_32:
        yield { number, raw: take(4) }
        break
      default:
        throw new Error('an unknown wire type')
    }
  }
}

export function asBytes(raw: Buffer | bigint): Buffer {
  if (typeof raw === 'bigint') throw new Error('a number where bytes belong')
  return raw
}

export function asNumber(raw: Buffer | bigint): bigint {
  if (typeof raw !== 'bigint') throw new Error('bytes where a number belongs')
  return raw
}
