import type { LogOptions } from '../../kubelet/index.ts'

export type TextOptions = Pick<LogOptions, 'timestamps' | 'limitBytes'> & {
  /** Milliseconds since 1970: what was written earlier is left out. */
  readonly since?: number
}

/** Turns a CRI log (`<time> <stream> <F|P> <text>` per line) into what the container wrote. */
export interface LogText {
  /** The text of the lines that this chunk completes. */
  add(chunk: Buffer): Buffer
  /** Nothing more is wanted: the limit is reached. */
  readonly isFull: boolean
}

const NEWLINE = 10
const SPACE = 32
const EMPTY: Buffer = Buffer.alloc(0)
/** A line of the log that is longer than this is not of a container runtime. */
const MAX_LINE_BYTES = 1024 * 1024

/**
 * As the kubelet's ReadLogs: parts of long lines (`P`) are joined, and only the first of them has a time; lines that
 * are no log lines are left out; the limit counts the bytes of the answer, and cuts a line in the middle.
 */
export function createLogText(options: TextOptions): LogText {
  let rest: Buffer = EMPTY
  let isNewLine = true
  let left = options.limitBytes ?? Infinity

  const textOf = (line: Buffer): readonly Buffer[] => {
    const parsed = parseLine(line)
    if (parsed === undefined) return []
    const { time, isPartial, text } = parsed
    if (options.since !== undefined && !(Date.parse(time) >= options.since)) return []
    const prefix = options.timestamps && isNewLine ? [Buffer.from(`${time} `)] : []
    isNewLine = !isPartial
    return [...prefix, text]
  }
  return {
    get isFull() {
      return left <= 0
    },
    add(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const out: Buffer[] = []
      let start = 0
      for (;;) {
        const end = bytes.indexOf(NEWLINE, start)
        if (end < 0) break
        out.push(...textOf(bytes.subarray(start, end + 1)))
        start = end + 1
      }
      const open = bytes.subarray(start)
      rest = open.length > MAX_LINE_BYTES ? EMPTY : open
      const text = Buffer.concat(out)
      const shown = text.length > left ? text.subarray(0, left) : text
      left -= shown.length
      return shown
    },
  }
}

/** `2026-11-22T11:57:51.123456789Z stdout F text`; the text with its line end, unless more of the line follows. */
function parseLine(line: Buffer): { time: string; isPartial: boolean; text: Buffer } | undefined {
  const first = line.indexOf(SPACE)
  const second = first < 0 ? -1 : line.indexOf(SPACE, first + 1)
  if (second < 0) return undefined
  const stream = line.toString('latin1', first + 1, second)
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const third = line.indexOf(SPACE, second + 1)
  const tagEnd = third < 0 ? line.length - 1 : third
  // Tags are separated by colons; the first one says whether the line is whole.
  const tag = line.toString('latin1', second + 1, tagEnd).split(':')[0]
  if (tag !== 'F' && tag !== 'P') return undefined
  const isPartial = tag === 'P'
  const end = isPartial ? line.length - 1 : line.length
  return {
    time: line.toString('latin1', 0, first),
    isPartial,
    text: line.subarray(third < 0 ? line.length - 1 : third + 1, end),
  }
}
