import { MAX_RAW_LINE_BYTES } from './limits.ts'

/** A line as it lies in the file, without its end. */
export interface RawLine {
  readonly text: string
  /** Offsets in the file: of its first byte, and behind its line end. */
  readonly start: number
  readonly end: number
  /** It was longer than a line may be; the rest was skipped. */
  readonly cut: boolean
}

export interface LineSplitter {
  /** The lines that these bytes, the next of the file, complete. */
  push(bytes: Buffer): RawLine[]
  /** Behind the last line that was complete. */
  readonly offset: number
}

const LINE_END = 0x0a

/** Cuts a file's bytes into lines; an unfinished line is kept, at most `maxBytes` of it. */
export function createLineSplitter(
  startOffset: number,
  maxBytes: number = MAX_RAW_LINE_BYTES,
): LineSplitter {
  let pieces: Buffer[] = []
  let kept = 0
  let start = startOffset
  let offset = startOffset
  let cut = false
  const keep = (bytes: Buffer): void => {
    const room = bytes.subarray(0, maxBytes - kept)
    cut ||= room.length < bytes.length
    // A copy: the buffer of the read is used again.
    if (room.length > 0) pieces.push(Buffer.from(room))
    kept += room.length
  }
  return {
    push(bytes) {
      const lines: RawLine[] = []
      let from = 0
      for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, from)) {
        keep(bytes.subarray(from, at))
        const end = offset + at + 1
        lines.push({ text: Buffer.concat(pieces).toString('utf8'), start, end, cut })
        ;[pieces, kept, cut, start, from] = [[], 0, false, end, at + 1]
      }
      keep(bytes.subarray(from))
      offset += bytes.length
      return lines
    },
    get offset() {
      return start
    },
  }
}
