import type { Message, Scalar } from './schemas.ts'

/** How deep messages may be nested. */
const MAX_DEPTH = 32

/** A message's fields under their JSON names. Fields that the schema does not know are skipped. Throws on cut-off bytes. */
export function decodeMessage(bytes: Buffer, schema: Message, depth = 0): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new Error('messages are nested too deeply')
  const value: Record<string, unknown> = {}
  for (const { number, raw } of readFields(bytes)) {
    const field = schema[number]
    if (field === undefined) continue
    const { name, type } = field
    if (type === 'map' || type === 'bytes-map') {
      const entry = decodeMessage(asBytes(raw), type === 'map' ? TEXT_ENTRY : BYTES_ENTRY)
      const entries = (value[name] ?? {}) as Record<string, unknown>
      const key = typeof entry['key'] === 'string' ? entry['key'] : ''
      value[name] = { ...entries, [key]: entry['value'] ?? '' }
      continue
    }
    const decoded = typeof type === 'string' ? scalar(raw, type) : message(raw, type, depth)
    if (field.repeated) value[name] = [...((value[name] ?? []) as unknown[]), decoded]
    else value[name] = decoded
  }
  return value
}

const TEXT_ENTRY: Message = { 1: { name: 'key', type: 'text' }, 2: { name: 'value', type: 'text' } }
const BYTES_ENTRY: Message = {
  1: { name: 'key', type: 'text' },
  2: { name: 'value', type: 'bytes' },
}

const message = (raw: Buffer | bigint, type: Message, depth: number): unknown =>
  decodeMessage(asBytes(raw), type, depth + 1)

function scalar(raw: Buffer | bigint, type: Scalar): unknown {
  switch (type) {
    case 'text':
      return asBytes(raw).toString()
    case 'bytes':
      return asBytes(raw).toString('base64')
    case 'int':
      return Number(BigInt.asIntN(64, asNumber(raw)))
    case 'bool':
      return asNumber(raw) !== 0n
  }
}

function asBytes(raw: Buffer | bigint): Buffer {
  if (typeof raw === 'bigint') throw new Error('a number where bytes belong')
  return raw
}

function asNumber(raw: Buffer | bigint): bigint {
  if (typeof raw !== 'bigint') throw new Error('bytes where a number belongs')
  return raw
}

interface RawField {
  readonly number: number
  readonly raw: Buffer | bigint
}

const VARINT = 0
const FIXED_64 = 1
const BYTES = 2
const FIXED_32 = 5

function* readFields(bytes: Buffer): Generator<RawField> {
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
