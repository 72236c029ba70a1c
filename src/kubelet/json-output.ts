import { copyText, viewOf } from './exposition-bytes.ts'
import type { JsonTape } from './json-tape.ts'
import type { NameTable } from './name-table.ts'

/** Growing JSON text. Everything in it is valid UTF-8. */
export interface JsonOutput {
  bytes: Buffer
  view: DataView
  length: number
  /** The document that values are copied from. */
  readonly tape: JsonTape
  readonly tapeView: DataView
  /** By number: a member's name with its quotes and colon. */
  readonly names: readonly DataView[]
}

/** Names as they stand before a member's value. */
export function quotedNames({ list }: NameTable): readonly DataView[] {
  return list.map((name) => viewOf(Buffer.from(`${JSON.stringify(name)}:`)))
}

export function createJsonOutput(tape: JsonTape, names: readonly DataView[]): JsonOutput {
  const bytes = Buffer.allocUnsafe(1 << 14)
  return { bytes, view: viewOf(bytes), length: 0, tape, tapeView: viewOf(tape.bytes), names }
}

function reserve(output: JsonOutput, more: number): void {
  if (output.length + more <= output.bytes.length) return
  const bytes = Buffer.allocUnsafeSlow((output.length + more) * 2)
  output.bytes.copy(bytes, 0, 0, output.length)
  output.bytes = bytes
  output.view = viewOf(bytes)
}

export function append(output: JsonOutput, text: string): void {
  reserve(output, text.length * 3)
  output.length += output.bytes.write(text, output.length)
}

export function appendByte(output: JsonOutput, byte: number): void {
  reserve(output, 1)
  output.bytes[output.length++] = byte
}

/** A comma, where something stands before. `start` is behind the opening bracket. */
export function appendComma(output: JsonOutput, start: number): void {
  if (output.length > start) appendByte(output, 0x2c)
}

/** The text of a row's value, as it stands in the document. */
export function appendValue(output: JsonOutput, row: number): void {
  const { tape, tapeView } = output
  const start = tape.start[row] as number
  const length = (tape.end[row] as number) - start
  reserve(output, length)
  copyText(output.view, output.length, tapeView, start, length)
  output.length += length
}

/** A member's name, with its quotes and colon. */
export function appendName(output: JsonOutput, id: number): void {
  const name = output.names[id] as DataView
  reserve(output, name.byteLength)
  copyText(output.view, output.length, name, 0, name.byteLength)
  output.length += name.byteLength
}

/** What was written. The buffer is not larger than it has to be. */
export function finishJson({ bytes, length }: JsonOutput): Buffer {
  return Buffer.from(bytes.subarray(0, length))
}
