import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import type { Socket } from 'node:net'
import type { ProcessStreams } from '../types.ts'
import { BadRequest } from './answers.ts'
import { frame, type StreamName } from './multiplex.ts'

/** Longest body of a request: a command to run. */
const MAX_BODY_BYTES = 1024 * 1024

/** A request with what Docker's protocol needs of its connection. */
export interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The whole body. Throws BadRequest when it is too long. */
  body(): Promise<Buffer>
  /**
   * Turns the connection into a stream of both directions when the client asked for that (`Upgrade: tcp`); else only
   * output goes out, as the answer's body.
   */
  takeOver(contentType: string): { readonly output: Writable; readonly input: Readable | undefined }
}

/** An ordinary request. */
export function plainCall(request: IncomingMessage, response: ServerResponse): Call {
  return {
    request,
    response,
    async body() {
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > MAX_BODY_BYTES) throw new BadRequest('the request is too long')
        chunks.push(chunk)
      }
      return Buffer.concat(chunks)
    },
    takeOver(contentType) {
      response.writeHead(200, { 'content-type': contentType })
      response.flushHeaders()
      return { output: response, input: undefined }
    },
  }
}

/** A request that asks for an upgrade: Node does not read its body, which is in `head` and in what follows. */
export function upgradeCall(request: IncomingMessage, socket: Socket, head: Buffer): Call {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  socket.on('error', () => undefined)
  if (head.length > 0) socket.unshift(head)
  return {
    request,
    response,
    body: () => readBody(socket, request.headers['content-length']),
    takeOver(contentType) {
      response.detachSocket(socket)
      socket.write(
        `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${contentType}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
      )
      return { output: socket, input: socket }
    },
  }
}

async function readBody(socket: Socket, length: string | undefined): Promise<Buffer> {
  const size = Number(length ?? 0)
  if (!(size <= MAX_BODY_BYTES)) throw new BadRequest('the request is too long')
  while (size > 0) {
    const body = socket.read(size) as Buffer | null
    if (body !== null) return body
    if (socket.readableEnded || socket.destroyed) throw new BadRequest('the request was cut off')
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['readable', 'end', 'close']) socket.off(event, done)
        resolve()
      }
      for (const event of ['readable', 'end', 'close']) socket.on(event, done)
    })
  }
  return Buffer.alloc(0)
}

/** Joins a client's connection with a command's streams, or a container's. Resolves with the exit code, after the output. */
export async function joinStreams(
  { output, input }: ReturnType<Call['takeOver']>,
  { framed }: { readonly framed: boolean },
  open: (onOutput: (stream: StreamName, chunk: Buffer) => void) => Promise<ProcessStreams>,
): Promise<number> {
  const hold: { back?: (isHeld: boolean) => void } = {}
  const write = (stream: StreamName, chunk: Buffer): void => {
    if (output.destroyed) return
    if (!output.write(framed ? frame(stream, chunk) : chunk)) hold.back?.(true)
  }
  let streams: ProcessStreams
  try {
    streams = await open(write)
  } catch (error) {
    // The connection is a stream already: Docker, too, can only say it there.
    write('stdout', Buffer.from(`${error instanceof Error ? error.message : String(error)}\r\n`))
    output.end()
    throw error
  }
  hold.back = (isHeld) => streams.holdBack(isHeld)
  const release = (): void => streams.holdBack(false)
  const gone = new Promise<void>((resolve) => {
    output.once('close', () => {
      release()
      streams.stdin?.end()
      resolve()
    })
  })
  output.on('drain', release)
  output.on('error', () => undefined)
  if (streams.stdin) input?.pipe(streams.stdin)
  else input?.resume()
  const isOver = await Promise.race([streams.ended.then(() => true), gone.then(() => false)])
  if (isOver) output.end()
  return await streams.ended
}

/** What Docker calls such a stream: since 1.42 the two kinds have names of their own. */
export function streamType(framed: boolean, minor: number): string {
  return framed && minor >= 42
    ? 'application/vnd.docker.multiplexed-stream'
    : 'application/vnd.docker.raw-stream'
}
