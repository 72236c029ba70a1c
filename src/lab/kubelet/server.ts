import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import { closeServer, describeError, listen, type Logger } from '../../core/index.ts'
import { UNAUTHORIZED_BODY, forbiddenBody, kubeletVerb } from '../../kubelet/index.ts'
import { NOT_SERVED, plainError, redirect, send, sendStream, text, type Answer } from './answer.ts'
import type { Authenticate } from './authenticate.ts'
import type { Authorize } from './authorize.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import { routeOf, type Endpoint } from './routes.ts'

/** What one endpoint answers to a request that may be made. */
export type Serve = (endpoint: Endpoint, url: URL, request: IncomingMessage) => Promise<Answer>

export interface KubeletServerOptions {
  readonly address: string
  readonly port: number
  readonly serving: { readonly certPem: string; readonly keyPem: string }
  /** PEM: client certificates signed by it are users. */
  readonly clusterCa?: string | undefined
  readonly authenticate: Authenticate
  readonly authorize: Authorize
  readonly serve: Serve
  readonly metrics: KubeletMetrics
  readonly log: Logger
}

/** Go's DefaultMaxHeaderBytes is 1 MiB; nobody needs that much here. */
const MAX_HEADER_BYTES = 256 * 1024
const IDLE_MS = 90_000

/** The kubelet's HTTPS port. Resolves when it listens. Errors: E_PORT_IN_USE, E_NO_PERMISSION. */
export async function startKubeletServer(
  options: KubeletServerOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const server: Server = createServer(
    {
      cert: options.serving.certPem,
      key: options.serving.keyPem,
      minVersion: 'TLSv1.2',
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: IDLE_MS,
      ...(options.clusterCa === undefined
        ? {}
        : { ca: options.clusterCa, requestCert: true, rejectUnauthorized: false }),
    },
    (request, response) => {
      request.on('error', () => response.destroy())
      void handle(request, response, options)
    },
  )
  // An upgrade (exec by WebSocket) is decided like any other request.
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    socket.on('error', () => socket.destroy())
    answerOf(request, options).then(
      (answer) => {
        if (answer.upgrade) answer.upgrade(socket, head)
        else refuseUpgrade(socket, answer)
      },
      (error: unknown) => {
        options.log.error({ error: describeError(error) }, 'an upgrade failed')
        socket.destroy()
      },
    )
  })
  const port = await listen(server, options, 'the kubelet')
  return { port, close: () => closeServer(server) }
}

function refuseUpgrade(socket: Duplex, { status, headers, body }: Answer): void {
  const length = String(Buffer.byteLength(body))
  const fields = Object.entries({ ...headers, 'Content-Length': length, Connection: 'close' })
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n`)
  socket.end(body)
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: KubeletServerOptions,
): Promise<void> {
  const { metrics } = options
  const started = performance.now()
  const labels = httpLabels(request)
  metrics.httpRequests.inc(labels)
  metrics.httpInflight.add(1, labels)
  try {
    const answer = await answerOf(request, options)
    const { stream } = answer
    if (response.destroyed) return
    if (stream) await sendStream({ ...answer, stream }, response)
    else send(answer, request, response)
  } catch (error) {
    options.log.error({ error: describeError(error), path: labels.path }, 'a request failed')
    if (!response.headersSent) send(plainError(500, 'Internal Server Error\n'), request, response)
    else response.destroy()
  } finally {
    metrics.httpInflight.add(-1, labels)
    metrics.httpDuration.observe((performance.now() - started) / 1000, labels)
  }
}

/** Path, then caller, then access, then the endpoint. */
async function answerOf(request: IncomingMessage, options: KubeletServerOptions): Promise<Answer> {
  const target = request.url ?? '/'
  const cut = target.search(/[?#]/)
  const path = cut < 0 ? target : target.slice(0, cut)
  const method = request.method ?? 'GET'
  if (!path.startsWith('/')) return NOT_SERVED
  const route = routeOf(path)
  if (route.kind === 'unserved') return NOT_SERVED
  if (route.kind === 'redirect')
    return redirect(route.location + (cut < 0 ? '' : target.slice(cut)), method)

  const user = await options.authenticate(request)
  if (!user) return text(401, UNAUTHORIZED_BODY)
  const verb = kubeletVerb(method)
  const { subresources } = route
  try {
    if (!(await options.authorize(user, verb, subresources))) {
      return text(403, forbiddenBody(user.username, verb, subresources))
    }
  } catch (error) {
    options.log.error({ error: describeError(error), user: user.username }, 'authorization error')
    const what = `user=${user.username}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`
    return text(500, `Authorization error (${what})\n`)
  }
  return await options.serve(route.endpoint, new URL(target, 'https://kubelet'), request)
}

/** The kubelet's metric labels: the first part of the path, two for metrics, `other` for what it does not know. */
function httpLabels(
  request: IncomingMessage,
): Record<'method' | 'path' | 'server_type' | 'long_running', string> {
  const [, first = '', second] = (request.url ?? '').split(/[?#]/)[0]?.split('/') ?? []
  const served = (path: string): boolean => routeOf('/' + path).kind !== 'unserved'
  const metrics = `metrics/${second ?? ''}`
  // Only paths that are served become labels: their number is bounded.
  const path =
    first === 'metrics' && second && served(metrics) ? metrics : served(first) ? first : 'other'
  const longRunning = ['exec', 'attach', 'portForward', 'containerLogs'].includes(first)
  return {
    method: request.method ?? '',
    path,
    server_type: 'readwrite',
    long_running: String(longRunning),
  }
}
