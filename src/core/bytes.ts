import type { Readable } from 'node:stream'
import { SubletError } from './errors.ts'

/** Reads a whole stream, but never more than `maxBytes`; more is E_TOO_LARGE. */
export async function readAll(
  stream: Readable | AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    size += part.length
    if (size > maxBytes)
      throw new SubletError('E_TOO_LARGE', `more than ${maxBytes} bytes were sent`)
    chunks.push(part)
  }
  return Buffer.concat(chunks, size)
}
