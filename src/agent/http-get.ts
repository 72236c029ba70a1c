import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createGunzip } from 'node:zlib'
import type { Readable } from 'node:stream'
import { GetError, deadlineExceeded, goError } from './go-errors.ts'
import { MAX_ANSWER_BYTES, REQUEST_TIMEOUT_MS } from './limits.ts'
import { checkServerIdentity } from './server-identity.ts'

/**
 * GET requests with node's own client. The agent does not use the shared API client: that one brings a library of
 * 18 MiB for watches and writes, and an agent only reads.
 */
export interface HttpGetter {
  /** The whole answer, inflated. Throws a GetError in the words of Go's client, or the signal's reason. */
  get(url: string, options?: GetOptions): Promise<GetAnswer>
  close(): void
}

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly maxBytes?: number
  /** Memory for the body that is used again: the last answer read into it is gone. */
  readonly into?: BodyBuffer | undefined
}

/** Memory that answers of one endpoint are read into, one after the other; it grows with the largest. */
export interface BodyBuffer {
  bytes: Buffer
}

export const createBodyBuffer = (): BodyBuffer => ({ bytes: Buffer.alloc(0) })

export interface GetAnswer {
  readonly status: number
  readonly statusText: string
  /** The body as text, made when it is asked for. */
  readonly body: string
  readonly raw: Buffer
  /** Before inflating: what came over the wire. */
  readonly wireBytes: number
  readonly bytes: number
}

export interface GetterOptions {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly verify?: boolean
  /** All requests go to this unix socket instead of the URL's host. */
  readonly socketPath?: string | undefined
}

export function createHttpGetter(options: GetterOptions = {}): HttpGetter {
  const plain = new HttpAgent({ keepAlive: true, maxSockets: 8 })
  const tls = new HttpsAgent({
    keepAlive: true,
    maxSockets: 8,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: options.verify ?? true,
    checkServerIdentity,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.cert === undefined ? {} : { cert: options.cert, key: options.key }),
  })
  const ask = (url: string, get: GetOptions, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const secure = url.startsWith('https:')
      const send = secure ? httpsRequest : httpRequest
      const request = send(url, {
        agent: secure ? tls : plain,
        signal,
        headers: { 'accept-encoding': 'gzip', 'user-agent': 'sublet-agent', ...get.headers },
        ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
      })
      request.once('response', resolve)
      request.once('error', reject)
      request.end()
    })
  return {
    async get(url, get = {}) {
      const deadline = AbortSignal.timeout(get.timeoutMs ?? REQUEST_TIMEOUT_MS)
      const signal = get.signal ? AbortSignal.any([get.signal, deadline]) : deadline
      try {
        const response = await askAgainAfterHangUp(() => ask(url, get, signal), signal)
        return await readAnswer(response, get.maxBytes ?? MAX_ANSWER_BYTES, get.into)
      } catch (error) {
        if (get.signal?.aborted) throw get.signal.reason
        throw deadline.aborted ? deadlineExceeded(url, error) : goError(error, url)
      }
    },
    close() {
      plain.destroy()
      tls.destroy()
    },
  }
}

/** A kept-alive connection that the server closed while it was idle: a read is simply asked again, once. */
async function askAgainAfterHangUp(
  ask: () => Promise<IncomingMessage>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  try {
    return await ask()
  } catch (error) {
    const code = (error as { code?: string }).code
    if (signal.aborted || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error
    return ask()
  }
}

async function readAnswer(
  response: IncomingMessage,
  maxBytes: number,
  into: BodyBuffer | undefined,
): Promise<GetAnswer> {
  const gunzip = response.headers['content-encoding'] === 'gzip' ? createGunzip() : undefined
  if (gunzip) response.once('error', (error) => gunzip.destroy(error)).pipe(gunzip)
  const body = gunzip ?? response
  const raw = await (into ? readInto(body, maxBytes, into) : readBounded(body, maxBytes))
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    get body() {
      return raw.toString('utf8')
    },
    raw,
    wireBytes: gunzip?.bytesWritten ?? raw.length,
    bytes: raw.length,
  }
}

async function readInto(stream: Readable, maxBytes: number, into: BodyBuffer): Promise<Buffer> {
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (size + chunk.length > maxBytes) throw tooLarge(maxBytes)
    if (size + chunk.length > into.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.ceil((size + chunk.length) * 1.5))
      into.bytes.copy(larger, 0, 0, size)
      into.bytes = larger
    }
    size += chunk.copy(into.bytes, size)
  }
  return into.bytes.subarray(0, size)
}

const tooLarge = (maxBytes: number): GetError =>
  new GetError(`the answer has more than ${maxBytes} bytes`, undefined, undefined)

async function readBounded(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
