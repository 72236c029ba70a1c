import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { describeError, type Clock, type Logger } from '../core/index.ts'
import { send, text } from './answer.ts'
import type { Counters } from './counters.ts'
import { handle, type Decision, type HandlerOptions } from './handle.ts'
import { LIMITS } from './limits.ts'

export interface TenantServerOptions extends HandlerOptions {
  readonly tls: {
    readonly cert: string
    readonly key: string
    readonly clientCa: string | undefined
  }
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Logger
}

/** The tenants' side: HTTPS, GET and HEAD, with every limit set. */
export function createTenantServer(options: TenantServerOptions): Server {
  const { cert, key, clientCa } = options.tls
  const server = createServer(
    {
      cert,
      key,
      ...(clientCa === undefined
        ? {}
        : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: LIMITS.tlsHandshakeTimeoutMs,
      maxHeaderSize: LIMITS.headerBytes,
      insecureHTTPParser: false,
      keepAlive: true,
    },
    (request, response) => void answer(request, response, options),
  )
  server.headersTimeout = LIMITS.headersTimeoutMs
  server.requestTimeout = LIMITS.requestTimeoutMs
  server.keepAliveTimeout = LIMITS.keepAliveTimeoutMs
  server.timeout = LIMITS.socketTimeoutMs
  server.maxConnections = LIMITS.connections
  limitPerAddress(server)
  // An Expect header is refused by the router; Node would answer it with "100 Continue" by itself.
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      void answer(request, response, options)
    })
  }
  const refuse = (_: IncomingMessage, socket: Duplex): void => {
    options.counters.add('sublet_gateway_requests_total', { endpoint: 'none', code: '400' })
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  }
  server.on('upgrade', refuse)
  server.on('connect', refuse)
  return server
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: TenantServerOptions,
): Promise<void> {
  const { clock, log, counters } = options
  const start = clock.now()
  let decision: Decision
  try {
    decision = await handle(request, options)
  } catch (error) {
    log.error({ error: describeError(error) }, 'a request failed')
    decision = { endpoint: 'none', answer: text(500, 'internal error\n'), why: 'internal error' }
  }
  const { endpoint, tenant, user, why, answer: made } = decision
  const { status } = made
  counters.add('sublet_gateway_requests_total', {
    endpoint,
    code: String(status),
    ...(tenant === undefined ? {} : { tenant }),
  })
  const bytes = made.body.length
  const from = request.socket.remoteAddress
  const ms = clock.now() - start
  const level = status === 200 ? 'info' : 'warn'
  log[level]({ endpoint, status, tenant, user, bytes, ms, from, why }, 'request')
  if (!response.destroyed) send(response, made, request.method !== 'HEAD')
}

/** No address may take more than its share of the connections. */
function limitPerAddress(server: Server): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    if (count > LIMITS.connectionsPerAddress) {
      socket.destroy()
      return
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}
