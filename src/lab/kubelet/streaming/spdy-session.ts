import type { Duplex } from 'node:stream'
import { createHeaderCodec } from './spdy-headers.ts'

/**
 * The server's side of SPDY/3.1, as far as Kubernetes' clients use it for exec, attach and port-forward: streams that the
 * client opens, data both ways, half-closing, resets, pings. They use no flow control of its own; neither does this.
 * Source: draft-mbelshe-httpbis-spdy-00; the frames of kubectl 1.32.
 */
export interface SpdyStream {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  /** False: much is waiting to be sent; `onDrain` of the session tells when to go on. */
  write(chunk: Buffer): boolean
  /** Says that no more data comes from here. */
  end(): void
  /** Ends both directions at once. */
  reset(): void
  onData(listener: (chunk: Buffer) => void): void
  /** No more data comes from the client. Called at once when that is known already. */
  onEnd(listener: () => void): void
}

export interface SpdySession {
  onDrain(listener: () => void): void
  onClosed(listener: () => void): void
  /** Reads nothing more from the client until told otherwise. */
  holdBack(isHeldBack: boolean): void
  /** Ends the session and its connection when what was written is sent. */
  close(): void
}

const [SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY] = [1, 2, 3, 6, 7] as const
const FIN = 1
const HEADER_BYTES = 8
const MAX_FRAME_BYTES = 1024 * 1024
const MAX_STREAMS = 256
const CANCEL = 5
const REFUSED_STREAM = 3

interface Stream extends SpdyStream {
  take(chunk: Buffer): void
  takeEnd(): void
}

/** Speaks SPDY on a connection; `opened` is called for each stream that the client opens, after it was confirmed. */
export function startSpdySession(
  connection: Duplex,
  opened: (stream: SpdyStream) => void,
): SpdySession {
  const codec = createHeaderCodec()
  const streams = new Map<number, Stream>()
  let rest: Buffer = Buffer.alloc(0)
  /** Frames are worked through one after the other: header blocks depend on those before them. */
  let working = Promise.resolve()
  let isOver = false
  const over = (): void => {
    if (isOver) return
    isOver = true
    for (const stream of streams.values()) stream.takeEnd()
    codec.close()
    connection.destroy()
  }
  const write = (frame: Buffer): boolean => connection.writable && connection.write(frame)

  async function control(type: number, flags: number, payload: Buffer): Promise<void> {
    if (type === SYN_STREAM) await open(flags, payload)
    else if (type === RST_STREAM) forget(payload.readUInt32BE(0))
    else if (type === PING) write(controlFrame(PING, 0, payload))
    else if (type === GOAWAY) connection.end()
  }

  async function open(flags: number, payload: Buffer): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff
    const headers = await codec.read(payload.subarray(10))
    if (streams.size >= MAX_STREAMS || streams.has(id)) {
      write(controlFrame(RST_STREAM, 0, words(id, REFUSED_STREAM)))
      return
    }
    const stream = createStream(id, headers, { write, forget: () => streams.delete(id) })
    streams.set(id, stream)
    const reply = await codec.write(new Map())
    write(controlFrame(SYN_REPLY, 0, Buffer.concat([words(id), reply])))
    opened(stream)
    if ((flags & FIN) !== 0) stream.takeEnd()
  }

  function forget(id: number): void {
    streams.get(id)?.takeEnd()
    streams.delete(id)
  }

  async function frame(head: Buffer, payload: Buffer): Promise<void> {
    const first = head.readUInt32BE(0)
    const flags = head[4] ?? 0
    if (first >>> 31 === 1) {
      await control(first & 0xffff, flags, payload)
      return
    }
    const stream = streams.get(first)
    if (payload.length > 0) stream?.take(payload)
    if ((flags & FIN) !== 0) stream?.takeEnd()
  }

  connection.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readUIntBE(5, 3)
      if (length > MAX_FRAME_BYTES) {
        over()
        return
      }
      if (rest.length < HEADER_BYTES + length) break
      const head = rest.subarray(0, HEADER_BYTES)
      const payload = rest.subarray(HEADER_BYTES, HEADER_BYTES + length)
      rest = rest.subarray(HEADER_BYTES + length)
      working = working.then(() => (isOver ? undefined : frame(head, payload))).catch(over)
    }
  })
  connection.on('error', over)
  connection.on('end', over)
  connection.on('close', over)
  return {
    onDrain: (listener) => void connection.on('drain', listener),
    onClosed: (listener) => void connection.once('close', listener),
    holdBack(isHeldBack) {
      if (isHeldBack) connection.pause()
      else connection.resume()
    },
    close() {
      connection.end()
    },
  }
}

function createStream(
  id: number,
  headers: ReadonlyMap<string, string>,
  session: { write(frame: Buffer): boolean; forget(): void },
): Stream {
  /** What came before somebody listened. */
  let early: Buffer[] = []
  let data = (chunk: Buffer): void => void early.push(chunk)
  let ended = (): void => undefined
  let [isEnded, isFinished] = [false, false]
  const settle = (): void => {
    if (isEnded && isFinished) session.forget()
  }
  return {
    id,
    headers,
    write: (chunk) => isFinished || session.write(dataFrame(id, 0, chunk)),
    end() {
      if (isFinished) return
      isFinished = true
      session.write(dataFrame(id, FIN, Buffer.alloc(0)))
      settle()
    },
    reset() {
      isFinished = true
      session.write(controlFrame(RST_STREAM, 0, words(id, CANCEL)))
      session.forget()
    },
    onData(listener) {
      for (const chunk of early) listener(chunk)
      early = []
      data = listener
    },
    onEnd(listener) {
      if (isEnded) listener()
      else ended = listener
    },
    take: (chunk) => data(chunk),
    takeEnd() {
      if (isEnded) return
      isEnded = true
      ended()
      settle()
    },
  }
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4))
  return bytes
}

function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = words(0x80030000 + type, 0)
  head[4] = flags
  head.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([head, payload])
}

function dataFrame(id: number, flags: number, payload: Buffer): Buffer {
  const head = words(id, 0)
  head[4] = flags
  head.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([head, payload])
}
