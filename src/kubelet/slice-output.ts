import { copyText, viewOf } from './exposition-bytes.ts'

/** The growing bytes of one slice. */
export interface SliceOutput {
  bytes: Buffer
  view: DataView
  length: number
  /** The number of the family whose header was written last. */
  family: number
}

export function createSliceOutput(capacity: number): SliceOutput {
  const bytes = Buffer.allocUnsafeSlow(Math.max(1024, capacity))
  return { bytes, view: viewOf(bytes), length: 0, family: -1 }
}

/** Makes room for `more` bytes. */
export function reserve(output: SliceOutput, more: number): void {
  if (output.length + more <= output.bytes.length) return
  const bytes = Buffer.allocUnsafeSlow(Math.ceil((output.length + more) * 1.5))
  output.bytes.copy(bytes, 0, 0, output.length)
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

/** The finished bytes; a buffer with much room to spare is not kept. */
export function finish(output: SliceOutput): Buffer {
  const written = output.bytes.subarray(0, output.length)
  return output.length * 2 < output.bytes.length ? Buffer.from(written) : written
}
