import { once } from 'node:events'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

/**
 * A client that costs little, so that it is not what is measured: one kept-alive TLS connection, one request at a time,
 * answers with a Content-Length, bodies that nobody looks at unless they are asked for.
 */
export interface Connection {
  /** Sends a whole request; gives status and length of its answer. */
  readonly ask: (request: string) => Promise<Answer>
  readonly close: () => void
}

export interface Answer {
  readonly status: number
  readonly bytes: number
  readonly body: () => string
}

const END_OF_HEAD = '\r\n\r\n'

export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const socket = connect(options)
  await once(socket, 'secureConnect')
  socket.setNoDelay(true)
  let parts: Buffer[] = []
  let left = -1
  let answered: ((answer: Answer) => void) | undefined
  let failed: ((error: Error) => void) | undefined
  let status = 0
  socket.on('data', (chunk: Buffer) => {
    if (left < 0) {
      const head = Buffer.concat([...parts, chunk])
      const end = head.indexOf(END_OF_HEAD)
      parts = [head]
      if (end === -1) return
      const text = head.subarray(0, end).toString()
      status = Number(text.slice(9, 12))
      const body = head.subarray(end + END_OF_HEAD.length)
      left = Number(/content-length: (\d+)/i.exec(text)?.[1]) - body.length
      parts = [body]
    } else {
      left -= chunk.length
      parts.push(chunk)
    }
    if (left > 0) return
    const all = parts
    parts = []
    left = -1
    const bytes = all.reduce((sum, part) => sum + part.length, 0)
    answered?.({ status, bytes, body: () => Buffer.concat(all).toString() })
  })
  socket.on('error', (error: Error) => failed?.(error))
  socket.on('close', () => failed?.(new Error('the server closed the connection')))
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        answered = resolve
        failed = reject
        socket.write(request)
      }),
    close: () => void socket.destroy(),
  }
}

/** A request as text. */
export function requestOf(
  method: string,
  path: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const all = {
    Host: '127.0.0.1',
    Accept: 'application/json',
    ...(body === undefined
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}

/** Starts a watch and calls back for every event of it, which is a line of JSON. */
export async function openWatch(
  options: ConnectionOptions,
  request: string,
  onEvent: () => void,
): Promise<TLSSocket> {
  const socket = connect(options)
  await once(socket, 'secureConnect')
  const ready = once(socket, 'data')
  socket.write(request)
  await ready
  // Lines end with a brace and a line feed, which chunks of HTTP do not; the two may come apart.
  let endedWithBrace = false
  socket.on('data', (chunk: Buffer) => {
    if (endedWithBrace && chunk[0] === 0x0a) onEvent()
    for (let at = chunk.indexOf('}\n'); at !== -1; at = chunk.indexOf('}\n', at + 2)) onEvent()
    endedWithBrace = chunk.at(-1) === 0x7d
  })
  return socket
}
