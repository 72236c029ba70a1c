import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Dispatcher, Pool } from 'undici'
import { SubletError, describeError, systemCode } from '../core/index.ts'
import { bearerSource, type BearerSource } from './bearer-source.ts'
import type { KubeClientOptions } from './client.ts'
import { deadline } from './deadline.ts'
import { createHttpPool, type HttpPool, type OpenAnswer } from './undici-pool.ts'

/** How a body is read when nothing else is said, in bytes. */
export const DEFAULT_MAX_BYTES: number = 64 * 1024 * 1024
export const DEFAULT_TIMEOUT_MS = 10_000

export interface TransportRequest {
  readonly method: string
  /** Path and query, as the API server sees it. */
  readonly path: string
  readonly body?: string | Buffer | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface TransportAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Dispatcher.ResponseData['body']
}

/** HTTPS to one API server: keep-alive, no redirects, the credential added to each request. */
export interface Transport extends AsyncDisposable {
  readonly closed: boolean
  /** A whole answer within the client's time limit. E_HTTP, E_TOO_LARGE, or the caller's abort reason. */
  whole(
    request: TransportRequest,
    maxBytes: number,
  ): Promise<Omit<TransportAnswer, 'body'> & { body: Buffer }>
  /** An answer that is handed on as it comes, within the client's time limit. Throws as `whole` does, and what `open` throws. */
  receive(request: TransportRequest, open: OpenAnswer): Promise<void>
  /** An answer whose head must come within the time limit, while its body may take for ever. */
  stream(request: TransportRequest): Promise<TransportAnswer>
  /** Turns anything that went wrong on the way into an E_HTTP that names server and path. */
  explain(request: TransportRequest, error: unknown): unknown
}

export function createTransport(options: KubeClientOptions): Transport {
  const base = parseServer(options)
  const prefix = base.pathname.replace(/\/+$/, '')
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const pool = createHttpPool(base.origin, poolOptions(options, timeoutMs))
  let closed = false

  const explain = (request: TransportRequest, error: unknown): unknown => {
    if (request.signal?.aborted) return request.signal.reason
    if (error instanceof SubletError) return error
    const why = closed ? 'the client was closed' : describeError(error)
    return new SubletError('E_HTTP', `${request.method} ${base.origin}${request.path}: ${why}`, {
      cause: error,
    })
  }

  const send = createSender(pool, options, prefix, () => closed)
  const receive = async (request: TransportRequest, open: OpenAnswer): Promise<void> => {
    const limit = deadline(timeoutMs, request.signal)
    try {
      await send.pieces(request, limit.signal, open)
    } catch (error) {
      throw explain(request, limit.late() ? limit.signal.reason : error)
    } finally {
      limit.done()
    }
  }

  return {
    get closed() {
      return closed
    },
    explain,
    receive,
    whole: (request, maxBytes) => collect((open) => receive(request, open), maxBytes),
    async stream(request) {
      const limit = deadline(timeoutMs, request.signal)
      try {
        const answer = await send.head(request, limit.signal)
        limit.stopClock()
        answer.body.once('close', limit.done)
        return { status: answer.statusCode, headers: answer.headers, body: answer.body }
      } catch (error) {
        limit.done()
        throw explain(request, limit.late() ? limit.signal.reason : error)
      }
    },
    async [Symbol.asyncDispose]() {
      if (closed) return
      closed = true
      await pool.destroy()
    },
  }
}

/** Gathers an answer that comes in pieces; E_TOO_LARGE ends it. */
async function collect(
  receive: (open: OpenAnswer) => Promise<void>,
  maxBytes: number,
): ReturnType<Transport['whole']> {
  let head: Omit<TransportAnswer, 'body'> = { status: 0, headers: {} }
  const pieces: Buffer[] = []
  let size = 0
  await receive((status, headers) => {
    head = { status, headers }
    return (piece) => {
      size += piece.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      pieces.push(piece)
    }
  })
  return { ...head, body: Buffer.concat(pieces, size) }
}

interface Sender {
  /** Resolves when the head of the answer is there. */
  head(request: TransportRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData>
  /** Resolves when all of the answer has been handed on. */
  pieces(request: TransportRequest, signal: AbortSignal, open: OpenAnswer): Promise<void>
}

/** Sends requests with the credential in their heads. */
function createSender(
  pool: HttpPool,
  options: KubeClientOptions,
  prefix: string,
  isClosed: () => boolean,
): Sender {
  const bearer = bearerSource(options.credential)
  const dispatchOf = async (
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.DispatchOptions & { signal: AbortSignal }> => ({
    method: request.method,
    path: prefix + request.path,
    headers: await headersOf(request, options.userAgent, bearer),
    body: request.body ?? null,
    signal,
  })
  /** A kept-alive connection that the server closed while it was idle: a read may simply be asked again. */
  const mayAskAgain = (request: TransportRequest, signal: AbortSignal, error: unknown): boolean =>
    request.method === 'GET' && !signal.aborted && !isClosed() && isHangUp(error)
  return {
    async head(request, signal) {
      const dispatch = await dispatchOf(request, signal)
      try {
        return await pool.request(dispatch)
      } catch (error) {
        if (!mayAskAgain(request, signal, error)) throw error
        return await pool.request(dispatch)
      }
    },
    async pieces(request, signal, open) {
      const dispatch = await dispatchOf(request, signal)
      const seen = { head: false }
      const begin: OpenAnswer = (status, headers) => {
        seen.head = true
        return open(status, headers)
      }
      try {
        await pool.receive(dispatch, begin)
      } catch (error) {
        if (seen.head || !mayAskAgain(request, signal, error)) throw error
        await pool.receive(dispatch, begin)
      }
    },
  }
}

async function headersOf(
  request: TransportRequest,
  userAgent: string | undefined,
  bearer: BearerSource,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': userAgent ?? 'sublet',
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers[name.toLowerCase()] = value
  }
  if (headers['authorization'] === undefined) {
    const token = await bearer()
    if (token) headers['authorization'] = `Bearer ${token.reveal()}`
  }
  return headers
}

function parseServer(options: KubeClientOptions): URL {
  if (!URL.canParse(options.server)) {
    throw new SubletError('E_CONFIG', `${options.server} is not the URL of an API server`)
  }
  const url = new URL(options.server)
  if (url.protocol === 'https:') return url
  if (url.protocol === 'http:' && options.credential.kind === 'none') return url
  throw new SubletError('E_CONFIG', `${url.origin}: credentials are sent over https:// only`)
}

function poolOptions(options: KubeClientOptions, timeoutMs: number): Pool.Options {
  const { credential } = options
  return {
    connect: {
      ...secureOptions({
        minVersion: 'TLSv1.2',
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(credential.kind === 'certificate'
          ? { cert: credential.cert, key: credential.key }
          : {}),
      }),
      timeout: timeoutMs,
      rejectUnauthorized: options.insecureSkipTlsVerify !== true,
    },
    // The time limits are this file's own (they are exact, and watches have none).
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4_000,
  }
}

/** Certificates are read once, not for each connection (1 ms each). What cannot be read fails when a connection is made. */
function secureOptions(
  options: SecureContextOptions,
): SecureContextOptions & { secureContext?: SecureContext } {
  try {
    return { ...options, secureContext: createSecureContext(options) }
  } catch {
    return options
  }
}

function isHangUp(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

export function tooLarge(maxBytes: number): SubletError {
  return new SubletError('E_TOO_LARGE', `more than ${maxBytes} bytes were sent`)
}
