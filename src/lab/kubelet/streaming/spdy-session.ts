import type { Duplex } from 'node:stream'
import {
  FIN,
  GOAWAY,
  PING,
  REFUSED_STREAM,
  RST_STREAM,
  SYN_REPLY,
  SYN_STREAM,
  controlFrame,
  createFrameReader,
  words,
  type Frame,
} from './spdy-frames.ts'
import { createHeaderCodec } from './spdy-headers.ts'
import { createSpdyStream, type SpdyStream, type SpdyStreamEnd } from './spdy-stream.ts'

/**
 * The server's side of SPDY/3.1, as far as Kubernetes' clients use it for exec, attach and port-forward: streams that the
 * client opens, data both ways, half-closing, resets, pings. They use no flow control of its own; neither does this.
 * Source: draft-mbelshe-httpbis-spdy-00; the frames of kubectl 1.32.
 */
export interface SpdySession {
  onDrain(listener: () => void): void
  onClosed(listener: () => void): void
  /** Reads nothing more from the client until told otherwise. */
  holdBack(isHeldBack: boolean): void
  /** Ends the session and its connection when what was written is sent. */
  close(): void
}

const MAX_STREAMS = 256

/** Speaks SPDY on a connection; `opened` is called for each stream that the client opens, after it was confirmed. */
export function startSpdySession(
  connection: Duplex,
  opened: (stream: SpdyStream) => void,
): SpdySession {
  const codec = createHeaderCodec()
  const streams = new Map<number, SpdyStreamEnd>()
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

  async function open(flags: number, payload: Buffer): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff
    const headers = await codec.read(payload.subarray(10))
    if (streams.size >= MAX_STREAMS || streams.has(id)) {
      write(controlFrame(RST_STREAM, 0, words(id, REFUSED_STREAM)))
      return
    }
    const stream = createSpdyStream(id, headers, { write, forget: () => streams.delete(id) })
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

  async function take(frame: Frame): Promise<void> {
    const { flags, payload } = frame
    if (frame.kind === 'data') {
      const stream = streams.get(frame.stream)
      if (payload.length > 0) stream?.take(payload)
      if ((flags & FIN) !== 0) stream?.takeEnd()
    } else if (frame.type === SYN_STREAM) await open(flags, payload)
    else if (frame.type === RST_STREAM) forget(payload.readUInt32BE(0))
    else if (frame.type === PING) write(controlFrame(PING, 0, payload))
    else if (frame.type === GOAWAY) connection.end()
  }

  const readFrames = createFrameReader((frame) => {
    working = working.then(() => (isOver ? undefined : take(frame))).catch(over)
  })
  connection.on('data', (chunk: Buffer) => {
    if (!readFrames(chunk)) over()
  })
  connection.on('error', over)
  connection.on('end', over)
  connection.on('close', over)
  return controlsOf(connection)
}

function controlsOf(connection: Duplex): SpdySession {
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
