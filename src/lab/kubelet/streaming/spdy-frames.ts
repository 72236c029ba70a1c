/** The frames of SPDY/3.1: eight bytes of head, whose last three tell the length of the payload, then the payload. */
export type Frame = { readonly flags: number; readonly payload: Buffer } & (
  | { readonly kind: 'control'; readonly type: number }
  | { readonly kind: 'data'; readonly stream: number }
)

export const SYN_STREAM = 1
export const SYN_REPLY = 2
export const RST_STREAM = 3
export const PING = 6
export const GOAWAY = 7
/** The flag of a stream's last frame. */
export const FIN = 1
/** Why a stream is reset. */
export const REFUSED_STREAM = 3
export const CANCEL = 5

const HEADER_BYTES = 8
const MAX_FRAME_BYTES = 1024 * 1024

/** Cuts what arrives into frames. The function answers false when a frame would be too long: nothing can follow. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readUIntBE(5, 3)
      if (length > MAX_FRAME_BYTES) return false
      if (rest.length < HEADER_BYTES + length) break
      onFrame(parse(rest.subarray(0, HEADER_BYTES + length)))
      rest = rest.subarray(HEADER_BYTES + length)
    }
    return true
  }
}

function parse(bytes: Buffer): Frame {
  const first = bytes.readUInt32BE(0)
  const rest = { flags: bytes.readUInt8(4), payload: bytes.subarray(HEADER_BYTES) }
  return first >>> 31 === 1
    ? { kind: 'control', type: first & 0xffff, ...rest }
    : { kind: 'data', stream: first, ...rest }
}

/** 32-bit numbers, one after the other. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4))
  return bytes
}

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = words(0x80030000 + type, 0)
  head[4] = flags
  head.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([head, payload])
}

export function dataFrame(id: number, flags: number, payload: Buffer): Buffer {
  const head = words(id, 0)
  head[4] = flags
  head.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([head, payload])
}
