import { constants, createDeflate, createInflate } from 'node:zlib'
import type { Transform } from 'node:stream'
import { SPDY_DICTIONARY } from './spdy-dictionary.ts'

/** Larger header blocks, compressed or not, end the session: the streams of a remote command have a few short ones. */
const MAX_HEADER_BYTES = 64 * 1024

/** The header blocks of one direction of a session: one compression context for all of them, so in their order. */
export interface HeaderCodec {
  /** Throws when the block is not one. */
  read(block: Buffer): Promise<Map<string, string>>
  write(headers: ReadonlyMap<string, string>): Promise<Buffer>
  close(): void
}

export function createHeaderCodec(): HeaderCodec {
  const flush = { flush: constants.Z_SYNC_FLUSH, dictionary: SPDY_DICTIONARY }
  const inflate = createInflate({ ...flush, finishFlush: constants.Z_SYNC_FLUSH })
  const deflate = createDeflate(flush)
  return {
    read: async (block) => parse(await through(inflate, block)),
    write: (headers) => through(deflate, format(headers)),
    close() {
      inflate.close()
      deflate.close()
    },
  }
}

async function through(codec: Transform, input: Buffer): Promise<Buffer> {
  if (input.length > MAX_HEADER_BYTES) throw new Error('a header block is too large')
  const parts: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      codec.off('data', take)
      codec.off('error', done)
      if (error) reject(error)
      else if (size > MAX_HEADER_BYTES) reject(new Error('a header block is too large'))
      else resolve(Buffer.concat(parts))
    }
    const take = (part: Buffer): void => {
      size += part.length
      if (size <= MAX_HEADER_BYTES) parts.push(part)
    }
    codec.on('data', take)
    codec.once('error', done)
    codec.write(input, done)
  })
}

/** Names are lower case, values of one name are joined by NUL. */
function parse(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 0
  const text = (): string => {
    const length = block.readUInt32BE(at)
    at += 4 + length
    if (at > block.length) throw new Error('a header block ends too soon')
    return block.toString('latin1', at - length, at)
  }
  const count = block.readUInt32BE(0)
  at = 4
  for (let i = 0; i < count; i++) headers.set(text(), text())
  return headers
}

function format(headers: ReadonlyMap<string, string>): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const parts = [number(headers.size)]
  for (const text of [...headers].flat()) parts.push(number(text.length), Buffer.from(text))
  return Buffer.concat(parts)
}
