/** Docker's framing of a container's two streams on one connection: stream, three zeros, length (32 bits, big-endian), bytes. */

export type StreamName = 'stdout' | 'stderr'

const HEADER_BYTES = 8

/** One frame: of standard output (1) or standard error (2). */
export function frame(stream: StreamName, chunk: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = stream === 'stdout' ? 1 : 2
  header.writeUInt32BE(chunk.length, 4)
  return Buffer.concat([header, chunk])
}

/** Takes frames apart as their bytes come in, in pieces of any size; a long frame's payload is passed on piece by piece. */
export function createUnframer(
  onOutput: (stream: StreamName, chunk: Buffer) => void,
): (chunk: Buffer) => void {
  let header: Buffer = Buffer.alloc(0)
  let stream: StreamName = 'stdout'
  let left = 0
  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (left === 0) {
        const wanted = chunk.subarray(at, at + HEADER_BYTES - header.length)
        header = Buffer.concat([header, wanted])
        at += wanted.length
        if (header.length < HEADER_BYTES) return
        stream = header[0] === 2 ? 'stderr' : 'stdout'
        left = header.readUInt32BE(4)
        header = Buffer.alloc(0)
        continue
      }
      const payload = chunk.subarray(at, at + left)
      at += payload.length
      left -= payload.length
      onOutput(stream, payload)
    }
  }
}
