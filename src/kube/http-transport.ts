import type { Dispatcher, Pool } from 'undici'
import { SubletError, describeError, readAll, systemCode } from '../core/index.ts'
import { bearerSource, type BearerSource } from './bearer-source.ts'
import type { KubeClientOptions } from './client.ts'
import { deadline } from './deadline.ts'
import { createHttpPool, type HttpPool } from './undici-pool.ts'

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

  const head = createSender(pool, options, prefix, () => closed)

  return {
    get closed() {
      return closed
    },
    explain,
    async whole(request, maxBytes) {
      const limit = deadline(timeoutMs, request.signal)
      try {
        const answer = await head(request, limit.signal)
        const body = await readAll(answer.body, maxBytes)
        return { status: answer.statusCode, headers: answer.headers, body }
      } catch (error) {
        throw explain(request, limit.late() ? limit.signal.reason : error)
      } finally {
        limit.done()
      }
    },
    async stream(request) {
      const limit = deadline(timeoutMs, request.signal)
      try {
        const answer = await head(request, limit.signal)
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

type Send = (request: TransportRequest, signal: AbortSignal) => Promise<Dispatcher.ResponseData>

/** Sends a request with the credential in its head; resolves when the head of the answer is there. */
function createSender(
  pool: HttpPool,
  options: KubeClientOptions,
  prefix: string,
  isClosed: () => boolean,
): Send {
  const bearer = bearerSource(options.credential)
  return async (request, signal) => {
    const dispatch = {
      method: request.method,
      path: prefix + request.path,
      headers: await headersOf(request, options.userAgent, bearer),
      body: request.body ?? null,
      signal,
    }
    try {
      return await pool.request(dispatch)
    } catch (error) {
      // A kept-alive connection that the server closed while it was idle: a read may simply be asked again.
      const again = request.method === 'GET' && !signal.aborted && !isClosed() && isHangUp(error)
      if (!again) throw error
      return await pool.request(dispatch)
    }
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
      minVersion: 'TLSv1.2',
      timeout: timeoutMs,
      rejectUnauthorized: options.insecureSkipTlsVerify !== true,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(credential.kind === 'certificate' ? { cert: credential.cert, key: credential.key } : {}),
    },
    // The time limits are this file's own (they are exact, and watches have none).
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4_000,
  }
}

function isHangUp(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}
