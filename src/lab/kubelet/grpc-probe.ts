import {
  connect,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import { describeError, sleep } from '../../core/index.ts'
import { checkRequest, checkResponse } from './grpc-health.ts'

export interface GrpcTarget {
  readonly host: string
  readonly port: number
  /** What of the server is asked for; empty: all of it. */
  readonly service: string
  /** The whole of it, in milliseconds. */
  readonly timeoutMs: number
}

type Headers = IncomingHttpHeaders & IncomingHttpStatusHeader

/** How an RPC ended that did not succeed. */
interface RpcFailure {
  /** In Go's spelling: `NotFound`. */
  readonly code: string
  readonly text: string
}

const CODES = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound'],
  ...['AlreadyExists', 'PermissionDenied', 'ResourceExhausted', 'FailedPrecondition', 'Aborted'],
  ...['OutOfRange', 'Unimplemented', 'Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
]
/** What gRPC makes of an answer that is not its own. */
const CODE_OF_HTTP: Readonly<Record<number, string>> = {
  ...{ 400: 'Internal', 401: 'Unauthenticated', 403: 'PermissionDenied', 404: 'Unimplemented' },
  ...{ 429: 'Unavailable', 502: 'Unavailable', 503: 'Unavailable', 504: 'Unavailable' },
}
const PATH = '/grpc.health.v1.Health/Check'
const MAX_BYTES = 4096
/** A server that is not there is tried again this soon, as gRPC does. */
const AGAIN_MS = 1000

/**
 * One call of the gRPC health protocol without TLS. Undefined: it serves; else why the probe has failed, in the words of the
 * kubelet 1.36 (pkg/probe/grpc). Never rejects, and ends within the timeout.
 */
export async function probeGrpc(target: GrpcTarget): Promise<string | undefined> {
  const { host, port, timeoutMs } = target
  const within = `${timeoutMs / 1000}s`
  const timeout = AbortSignal.timeout(timeoutMs)
  const session = await connectUntil(`http://${authority(host, port)}`, timeout)
  if (session === undefined) {
    const address = authority(host, port)
    return `timeout: failed to connect service "${address}" within ${within}: context deadline exceeded`
  }
  try {
    const status = await check(session, target, timeout)
    if (typeof status === 'string')
      return status === 'SERVING' ? undefined : `service unhealthy (responded with "${status}")`
    if (timeout.aborted || status.code === 'DeadlineExceeded')
      return `timeout: health rpc did not complete within ${within}`
    return status.code === 'Unimplemented'
      ? `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${status.text}`
      : `error: health rpc probe failed: rpc error: code = ${status.code} desc = ${status.text}`
  } finally {
    session.destroy()
  }
}

const authority = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** A session whose server has said that it speaks HTTP/2; undefined when none has in time. */
async function connectUntil(
  url: string,
  timeout: AbortSignal,
): Promise<ClientHttp2Session | undefined> {
  while (!timeout.aborted) {
    const session = connect(url)
    const isOpen = await new Promise<boolean>((resolve) => {
      session.once('remoteSettings', () => resolve(true))
      session.once('close', () => resolve(false))
      session.on('error', () => resolve(false))
      timeout.addEventListener('abort', () => resolve(false), { once: true })
    })
    if (isOpen) return session
    session.destroy()
    await sleep(AGAIN_MS, timeout).catch(() => undefined)
  }
  return undefined
}

/** The status that the server tells, or how the call failed. */
function check(
  session: ClientHttp2Session,
  { service, timeoutMs }: GrpcTarget,
  signal: AbortSignal,
): Promise<string | RpcFailure> {
  return new Promise((resolve) => {
    const fail = (code: string, text: string): void => resolve({ code, text })
    const stream = session.request(
      {
        ...{ ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc' },
        ...{ te: 'trailers', 'user-agent': 'kube-probe/1.36', 'grpc-timeout': `${timeoutMs}m` },
      },
      { signal },
    )
    let headers: Headers = {}
    let trailers: Headers = {}
    const chunks: Buffer[] = []
    let size = 0
    stream.on('response', (got) => (headers = got))
    stream.on('trailers', (got: Headers) => (trailers = got))
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BYTES) chunks.push(chunk)
      else stream.destroy(new Error('received message larger than max'))
    })
    stream.on('error', (error) => fail('Unavailable', describeError(error)))
    stream.on('close', () => fail('Unavailable', 'error reading from server: EOF'))
    stream.on('end', () => {
      const failure = failureOf({ ...headers, ...trailers })
      try {
        resolve(failure ?? checkResponse(Buffer.concat(chunks)))
      } catch (error) {
        fail('Internal', describeError(error))
      }
    })
    stream.end(checkRequest(service))
  })
}

/** Of the headers and trailers together: an answer without a message has all in its headers. */
function failureOf(headers: Headers): RpcFailure | undefined {
  const { ':status': http = 0, 'grpc-status': status, 'grpc-message': message = '' } = headers
  if (status === '0') return undefined
  if (status === undefined) {
    if (http === 0) return { code: 'Unavailable', text: 'error reading from server: EOF' }
    const text = `unexpected HTTP status code received from server: ${http}`
    return { code: CODE_OF_HTTP[http] ?? 'Unknown', text }
  }
  return { code: CODES[Number(status)] ?? `Code(${String(status)})`, text: plain(String(message)) }
}

/** gRPC writes messages with percent signs; what cannot be read so stays as it is. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
