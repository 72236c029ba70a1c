import type { Duplex } from 'node:stream'
import {
  endingStatus,
  terminalSize,
  type CommandStreams,
  type StreamListener,
} from './command-streams.ts'
import { startSpdySession } from './spdy-session.ts'
import type { SpdyStream } from './spdy-stream.ts'

/** Remote commands over SPDY: what kubectl speaks before 1.31, and where WebSockets are refused. */
export const SPDY_COMMAND_PROTOCOLS = ['v4.channel.k8s.io'] as const

/** How long a client may take to open its streams (kubelet's StreamCreationTimeout). */
const STREAMS_WITHIN_MS = 30_000

type Kind = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize'

/** Resolves when the client has opened all streams that its options ask for; rejects when it goes away before. */
export async function spdyCommand(
  connection: Duplex,
  wanted: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean },
): Promise<CommandStreams> {
  const kinds: Kind[] = ['error']
  for (const kind of ['stdin', 'stdout', 'stderr'] as const) if (wanted[kind]) kinds.push(kind)
  if (wanted.tty) kinds.push('resize')
  const streams = new Map<Kind, SpdyStream>()
  let session: ReturnType<typeof startSpdySession> | undefined
  await new Promise<void>((resolve, reject) => {
    const giveUp = (): void => reject(new Error('the client did not open its streams'))
    const timer = setTimeout(() => {
      connection.destroy()
      giveUp()
    }, STREAMS_WITHIN_MS)
    connection.once('close', giveUp)
    session = startSpdySession(connection, (stream) => {
      const kind = kinds.find((one) => one === stream.headers.get('streamtype'))
      if (kind === undefined || streams.has(kind)) stream.reset()
      else streams.set(kind, stream)
      if (streams.size < kinds.length) return
      clearTimeout(timer)
      resolve()
    })
  })
  return fromStreams(streams, session as ReturnType<typeof startSpdySession>)
}

function fromStreams(
  streams: ReadonlyMap<Kind, SpdyStream>,
  session: ReturnType<typeof startSpdySession>,
): CommandStreams {
  return {
    send: (kind, chunk) => streams.get(kind)?.write(chunk) ?? true,
    finish(ending) {
      streams.get('error')?.write(Buffer.from(JSON.stringify(endingStatus(ending))))
      for (const stream of streams.values()) stream.end()
      session.close()
    },
    holdBack: (isHeldBack) => session.holdBack(isHeldBack),
    listen(listener: StreamListener) {
      streams.get('stdin')?.onData((chunk) => listener.input(chunk))
      streams.get('stdin')?.onEnd(() => listener.inputEnded())
      streams.get('resize')?.onData((chunk) => {
        const size = terminalSize(chunk.toString())
        if (size) listener.resized(size.columns, size.rows)
      })
      session.onDrain(() => listener.drained())
      session.onClosed(() => listener.closed())
    },
  }
}
