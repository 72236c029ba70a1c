/** The messages of grpc.health.v1 and gRPC's frame around them (protocol buffers, one field each). */

const SERVICE_TAG = 0x0a
const STATUS_FIELD = 1
/** gRPC's prefix: whether it is compressed, and the length in four bytes. */
const PREFIX_BYTES = 5

/** `HealthCheckRequest{service}` in its frame. */
export function checkRequest(service: string): Buffer {
  const text = Buffer.from(service)
  const message =
    text.length === 0
      ? text
      : Buffer.concat([Buffer.from([SERVICE_TAG, ...varint(text.length)]), text])
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

/** The status of a `HealthCheckResponse` in its frame: its name, or its number where it has none. Throws when it is none. */
export function checkResponse(bytes: Buffer): string {
  if (bytes.length < PREFIX_BYTES || bytes[0] !== 0) throw new Error('no plain gRPC message')
  const end = PREFIX_BYTES + bytes.readUInt32BE(1)
  if (end > bytes.length) throw new Error('unexpected EOF')
  const status = lastVarint(bytes.subarray(PREFIX_BYTES, end), STATUS_FIELD)
  return STATUSES[status] ?? String(status)
}

function varint(value: number): number[] {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left]
    bytes.push((left % 128) | 128)
  }
}

const [VARINT, FIXED_64, BYTES, FIXED_32] = [0, 1, 2, 5]

/** The last value of a field (0 when it is not there); fields that are not known are passed over. */
function lastVarint(message: Buffer, wanted: number): number {
  let [at, found] = [0, 0]
  const read = (): number => {
    for (let [value, factor] = [0, 1]; ; factor *= 128) {
      const byte = message[at++]
      if (byte === undefined || factor > 2 ** 63)
        throw new Error('cannot parse invalid wire-format data')
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const key = read()
    const [field, type] = [Math.floor(key / 8), key % 8]
    if (type === VARINT) {
      const value = read()
      if (field === wanted) found = value
    } else if (type === BYTES) {
      const length = read()
      at += length
    } else if (type === FIXED_64) at += 8
    else if (type === FIXED_32) at += 4
    else throw new Error('cannot parse invalid wire-format data')
  }
  if (at > message.length) throw new Error('unexpected EOF')
  return found
}
