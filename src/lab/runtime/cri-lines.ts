/** A line of a CRI log: `2026-11-22T11:57:51.123456789Z stdout F text`. */
export interface CriLine {
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  /** With its line end, unless more of the line follows. */
  readonly text: Buffer
}

const NEWLINE = 10
const LINE = /^(\S+) (stdout|stderr) ([FP])(?::\S*)? /

/** Takes a CRI log apart, in pieces of any size; what is no log line is left out. */
export function parseCriLines(): (chunk: Buffer) => CriLine[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const lines: CriLine[] = []
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = parseLine(bytes.subarray(start, end + 1))
      if (line) lines.push(line)
      start = end + 1
    }
    rest = Buffer.from(bytes.subarray(start))
    return lines
  }
}

function parseLine(line: Buffer): CriLine | undefined {
  const [head = '', time = '', stream, tag] = LINE.exec(line.toString('latin1', 0, 80)) ?? []
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const text = line.subarray(head.length, tag === 'P' ? line.length - 1 : line.length)
  return { time, stream, text }
}
