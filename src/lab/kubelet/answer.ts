import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { gzip } from 'node:zlib'
import { promisify } from 'node:util'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** Instead of an answer (status 101): takes the connection over. */
  readonly upgrade?: (socket: Duplex, head: Buffer) => void
  /** Instead of a body: what comes, as it comes. The signal fires when the caller is gone. */
  readonly stream?: (signal: AbortSignal) => AsyncIterable<Buffer>
}

/** Go's net/http sends a length up to this size, and chunks beyond it. */
const CHUNKED_FROM = 2048

const PLAIN = 'text/plain; charset=utf-8'

/** Text as go-restful writes it. */
export function text(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...headers, 'Content-Type': PLAIN }, body }
}

/** Text as Go's http.Error writes it. */
export function plainError(status: number, body: string): Answer {
  return text(status, body, { 'X-Content-Type-Options': 'nosniff' })
}

export const NOT_SERVED: Answer = plainError(404, '404 page not found\n')
/** Below a path that is served, but not served itself: this one comes after authorization. */
export const NOT_ROUTED: Answer = text(404, '404: Page Not Found')

export function notAllowed(allow: string): Answer {
  return text(405, '405: Method Not Allowed', { Allow: allow })
}

export const NOT_ACCEPTABLE: Answer = text(
  406,
  '406: Not Acceptable\n\nAvailable representations: application/json',
)

export function json(body: string, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: { 'Content-Type': 'application/json', ...headers }, body }
}

/** 307, as Go's ServeMux sends people to the path with its slash. */
export function redirect(location: string, method: string): Answer {
  const page = method === 'GET' || method === 'HEAD'
  return {
    status: 307,
    headers: {
      ...(page ? { 'Content-Type': 'text/html; charset=utf-8' } : {}),
      Location: location,
    },
    body: page ? `<a href="${location.replaceAll('&', '&amp;')}">Temporary Redirect</a>.\n\n` : '',
  }
}

const compress = promisify(gzip)

/** The body compressed if the caller takes gzip: only /metrics* does that. */
export async function gzipped(answer: Answer, request: IncomingMessage): Promise<Answer> {
  const accepted = [request.headers['accept-encoding'] ?? ''].join()
  const takes = accepted
    .split(',')
    .some((part) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$))?/.test(part))
  if (!takes) return answer
  return {
    ...answer,
    headers: { 'Content-Encoding': 'gzip', ...answer.headers },
    body: await compress(answer.body),
  }
}

export function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  const size = Buffer.byteLength(answer.body)
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  // A length is also sent for HEAD, when Go's handler wrote a short body; long ones have neither length nor chunks there.
  if (size < CHUNKED_FROM) response.setHeader('Content-Length', size)
  response.removeHeader('Connection')
  if (request.method === 'HEAD') response.end()
  else if (size < CHUNKED_FROM) response.end(answer.body)
  else {
    response.write(answer.body)
    response.end()
  }
}

/** Writes a stream no faster than it is read. Resolves at its end, or when the caller is gone. */
export async function sendStream(
  answer: Answer & { readonly stream: NonNullable<Answer['stream']> },
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.writeHead(answer.status, answer.headers)
  // The head goes out before there is anything to say, as the kubelet's write of nothing makes it.
  response.flushHeaders()
  for await (const chunk of answer.stream(gone.signal)) {
    if (gone.signal.aborted) return
    if (!response.write(chunk)) await drained(response, gone.signal)
  }
  response.end()
}

async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal: gone }).catch(() => undefined)
}
