import { rfc3339 } from '../../../core/index.ts'
import { asBytes, asNumber, readFields } from './wire.ts'

/** Values that are messages in protobuf and something simpler in JSON. */
export function specialValue(
  bytes: Buffer,
  type: 'time' | 'quantity' | 'intstr' | 'raw' | 'texts',
): unknown {
  const fields = [...readFields(bytes)]
  const first = fields.find((field) => field.number === 1)?.raw
  switch (type) {
    case 'time':
      return typeof first === 'bigint' ? timeOf(first) : undefined
    case 'quantity':
      return first === undefined ? '0' : asBytes(first).toString()
    case 'texts':
      return fields.filter((field) => field.number === 1).map(({ raw }) => asBytes(raw).toString())
    case 'raw':
      return first === undefined ? undefined : (JSON.parse(asBytes(first).toString()) as unknown)
    case 'intstr':
      return numberOrText(fields)
  }
}

function timeOf(seconds: bigint): string | undefined {
  const milliseconds = Number(BigInt.asIntN(64, seconds)) * 1000
  // Go's zero time is long before 1970: nobody has set it.
  return milliseconds > 0 && milliseconds < 8.64e15 ? rfc3339(milliseconds) : undefined
}

function numberOrText(fields: readonly { number: number; raw: Buffer | bigint }[]): unknown {
  const raw = (number: number): Buffer | bigint | undefined =>
    fields.find((field) => field.number === number)?.raw
  const [isText, number, text] = [raw(1), raw(2), raw(3)]
  if (isText === 1n) return text === undefined ? '' : asBytes(text).toString()
  return number === undefined ? 0 : Number(BigInt.asIntN(32, asNumber(number)))
}
