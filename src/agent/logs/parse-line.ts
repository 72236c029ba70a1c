/** One line of a container's log file, as the runtime has written it. */
export interface ParsedLine {
  readonly stream: 'stdout' | 'stderr'
  /** Milliseconds since 1970; NaN: the line does not say. */
  readonly timestampMs: number
  /** The message goes on in the next line of this stream. */
  readonly partial: boolean
  readonly content: string
}

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)`
const CRI = new RegExp(`^(${TIME}) (stdout|stderr) ([PF])(?::[^ ]*)*(?: ([^]*))?$`)

/**
 * A line without its end: CRI's `<time> <stream> P|F <content>` or Docker's json-file. Never throws; what is neither is a
 * message as it stands, of standard output. Source: pkg/logs/internal/parsers/kubernetes, …/dockerfile
 */
export function parseLine(line: string): ParsedLine {
  return (line.startsWith('{') ? parseJson(line) : parseCri(line)) ?? asItIs(line)
}

function parseCri(line: string): ParsedLine | undefined {
  const [, time, stream, tag, content = ''] = CRI.exec(line) ?? []
  if (time === undefined) return undefined
  return {
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    timestampMs: Date.parse(time),
    partial: tag === 'P',
    content,
  }
}

/** Docker cuts a message at 16 KiB; only its last piece ends with the line's end. */
function parseJson(line: string): ParsedLine | undefined {
  let entry: { log?: unknown; stream?: unknown; time?: unknown } | null
  try {
    entry = JSON.parse(line) as typeof entry
  } catch {
    return undefined
  }
  const log = entry?.log
  if (typeof log !== 'string') return undefined
  const partial = !log.endsWith('\n')
  return {
    stream: entry?.stream === 'stderr' ? 'stderr' : 'stdout',
    timestampMs: typeof entry?.time === 'string' ? Date.parse(entry.time) : Number.NaN,
    partial,
    content: partial ? log : log.slice(0, -1),
  }
}

const asItIs = (line: string): ParsedLine => ({
  stream: 'stdout',
  timestampMs: Number.NaN,
  partial: false,
  content: line,
})
