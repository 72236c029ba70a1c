import { MAX_MESSAGE_BYTES, MAX_OVERTAKING, TRUNCATED } from './limits.ts'
import { parseLine, type ParsedLine } from './parse-line.ts'
import { createLineSplitter, type RawLine } from './split-lines.ts'

/** One message of a container, its pieces joined. */
export interface Message {
  readonly stream: 'stdout' | 'stderr'
  /** Milliseconds since 1970, of its first piece; NaN: unknown. */
  readonly timestampMs: number
  readonly content: string
}

/** Where reading can begin again such that nothing is missing and nothing comes twice. */
export interface Position {
  readonly offset: number
  /** Ends of lines after `offset` whose messages are out already: they overtook an unfinished one. */
  readonly done: readonly number[]
}

export interface Decoder {
  /** The messages that these bytes, the next of the file, complete. Empty ones are left out. */
  push(bytes: Buffer): Message[]
  /** After all that `push` has given so far. */
  position(): Position
  /** What is unfinished, when no more will come. */
  flush(): Message[]
  /** Messages that were too long. */
  readonly truncated: number
}

interface Unfinished {
  readonly stream: ParsedLine['stream']
  readonly timestampMs: number
  readonly start: number
  readonly contents: string[]
  /** Of its lines. */
  readonly ends: number[]
  bytes: number
}

export interface DecoderOptions {
  readonly maxBytes?: number
  readonly maxRawBytes?: number
}

/** Lines to messages: pieces are joined by stream, too long ones cut, with the marker at both sides of each cut. */
export function createDecoder(from: Position, options: DecoderOptions = {}): Decoder {
  const { maxBytes = MAX_MESSAGE_BYTES, maxRawBytes } = options
  const splitter = createLineSplitter(from.offset, maxRawBytes)
  const unfinished = new Map<ParsedLine['stream'], Unfinished>()
  const emitter = createEmitter()
  const before = new Set(from.done)
  let overtaking: number[] = []
  let offset = from.offset

  const finish = (open: Unfinished, goesOn = false): Message[] => {
    unfinished.delete(open.stream)
    overtaking.push(...open.ends)
    return emitLong(open, open.contents.join(''), {
      maxBytes,
      goesOn,
      emit: emitter.emit,
    })
  }
  const settle = (end: number): void => {
    offset = Math.min(end, ...[...unfinished.values()].map(({ start }) => start))
    overtaking = overtaking.filter((one) => one > offset)
  }
  const join = (raw: RawLine): Message[] => {
    const line = parseLine(raw.text)
    const { stream } = line
    const open = unfinished.get(stream) ?? newUnfinished(line, raw.start)
    open.contents.push(line.content)
    open.ends.push(raw.end)
    open.bytes += Buffer.byteLength(line.content)
    unfinished.set(stream, open)
    if (raw.cut) return emitter.endCut(finish(open))
    if (!line.partial) return finish(open)
    return open.bytes < maxBytes ? [] : finish(open, true)
  }
  const take = (raw: RawLine): Message[] => {
    // It came before the restart; the unfinished message that it overtook did not.
    const isOut = before.delete(raw.end)
    if (isOut) overtaking.push(raw.end)
    const messages = isOut ? [] : join(raw)
    if (overtaking.length >= MAX_OVERTAKING && unfinished.size > 0) messages.push(...finishAll())
    settle(raw.end)
    return messages
  }
  const finishAll = (): Message[] => [...unfinished.values()].flatMap((open) => finish(open))
  return {
    push: (bytes) => splitter.push(bytes).flatMap(take),
    // What was to be skipped and was not read yet still is.
    position: () => ({ offset, done: [...overtaking, ...before] }),
    flush() {
      const messages = finishAll()
      settle(splitter.offset)
      return messages
    },
    get truncated() {
      return emitter.truncated
    },
  }
}

const newUnfinished = ({ stream, timestampMs }: ParsedLine, start: number): Unfinished => ({
  ...{ stream, timestampMs, start },
  contents: [],
  ends: [],
  bytes: 0,
})

/** Makes messages, and marks where one was cut. */
interface Emitter {
  readonly emit: Emit
  /** The rest of the line was skipped: nothing continues the last of these. */
  readonly endCut: (messages: readonly Message[]) => Message[]
  readonly truncated: number
}

function createEmitter(): Emitter {
  /** Streams whose message was cut: what comes next continues it. */
  const continued = new Set<ParsedLine['stream']>()
  let truncated = 0
  return {
    emit({ stream, timestampMs }, text, isCut) {
      const head = continued.delete(stream) ? TRUNCATED : ''
      if (isCut) {
        truncated += 1
        continued.add(stream)
      }
      const content = head + (isCut ? text + TRUNCATED : text.replace(/\r$/, ''))
      return content.trim() === '' ? [] : [{ stream, timestampMs, content }]
    },
    endCut(messages) {
      truncated += 1
      return messages.map((message, index) =>
        index < messages.length - 1
          ? message
          : { ...message, content: message.content + TRUNCATED },
      )
    },
    get truncated() {
      return truncated
    },
  }
}

type Emit = (line: Omit<Message, 'content'>, text: string, isCut: boolean) => Message[]

/** Pieces can be longer together than a message may be: it is cut between two characters. */
function emitLong(
  { stream, timestampMs }: Unfinished,
  text: string,
  { maxBytes, goesOn, emit }: { readonly maxBytes: number; goesOn: boolean; readonly emit: Emit },
): Message[] {
  const line = { stream, timestampMs }
  if (Buffer.byteLength(text) <= maxBytes) return emit(line, text, goesOn)
  const messages: Message[] = []
  let rest = Buffer.from(text)
  while (rest.length > maxBytes) {
    let at = maxBytes
    while (at > 1 && ((rest[at] ?? 0) & 0xc0) === 0x80) at -= 1
    messages.push(...emit(line, rest.toString('utf8', 0, at), true))
    rest = rest.subarray(at)
  }
  return [...messages, ...emit(line, rest.toString('utf8'), goesOn)]
}
