import type { BufferPool } from './buffer-pool.ts'
import { copyText, viewOf } from './exposition-bytes.ts'

/** The growing bytes of one slice. */
export interface SliceOutput {
  bytes: Buffer
  view: DataView
  length: number
  /** The number of the family whose header was written last. */
  family: number
  readonly pool: BufferPool
}

export function createSliceOutput(pool: BufferPool, capacity: number): SliceOutput {
  const bytes = pool.take(capacity)
  return { bytes, view: viewOf(bytes), length: 0, family: -1, pool }
}

/** Makes room for `more` bytes. */
export function reserve(output: SliceOutput, more: number): void {
  if (output.length + more <= output.bytes.length) return
  const bytes = output.pool.take(Math.ceil((output.length + more) * 1.5))
  output.bytes.copy(bytes, 0, 0, output.length)
  output.pool.give(output.bytes)
  output.bytes = bytes
  output.view = viewOf(bytes)
}

/** Appends checked text; there must be room. */
export function appendText(
  output: SliceOutput,
  source: DataView,
  from: number,
  length: number,
): void {
  copyText(output.view, output.length, source, from, length)
  output.length += length
}

/** Finished bytes, and how the memory under them may be used again. */
export interface Finished {
  readonly bytes: Buffer
  /** Gives the memory back: only for who knows that nobody has seen the bytes. A second time does nothing. */
  recycle(): void
}

/** The finished bytes; a buffer with much room to spare is not kept. */
export function finish(output: SliceOutput): Finished {
  const { bytes, length, pool } = output
  const written = bytes.subarray(0, length)
  if (length * 2 < bytes.length) {
    const copy = Buffer.from(written)
    pool.give(bytes)
    return { bytes: copy, recycle: () => undefined }
  }
  let isGiven = false
  return {
    bytes: written,
    recycle() {
      if (!isGiven) pool.give(bytes)
      isGiven = true
    },
  }
}
