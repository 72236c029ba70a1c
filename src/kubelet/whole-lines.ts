const NEWLINE = 0x0a

/** Cuts a text that comes in pieces into runs of whole lines. */
export interface WholeLines {
  /** The next piece, which may end anywhere. It is not needed any more when this returns, unless it ends within a line. */
  write(piece: Buffer): void
  /** How many bytes stand behind the last line end. */
  rest(): number
}

/** `take` gets each run of whole lines, with the last one's end: most of it as it came, without a copy. */
export function createWholeLines(take: (lines: Buffer) => void): WholeLines {
  /** The beginning of a line whose end has not come yet. */
  let cut: Buffer[] = []
  return {
    write(piece) {
      const last = piece.lastIndexOf(NEWLINE)
      if (last < 0) {
        if (piece.length > 0) cut.push(piece)
        return
      }
      let start = 0
      if (cut.length > 0) {
        start = piece.indexOf(NEWLINE) + 1
        take(Buffer.concat([...cut, piece.subarray(0, start)]))
        cut = []
      }
      if (last + 1 > start) take(piece.subarray(start, last + 1))
      if (last + 1 < piece.length) cut.push(piece.subarray(last + 1))
    },
    rest: () => cut.reduce((sum, { length }) => sum + length, 0),
  }
}
