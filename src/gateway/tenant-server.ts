import { createServer, type Server, type ServerOptions } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { cutConnections, describeError, type Clock, type Logger } from '../core/index.ts'
import { send, text } from './answer.ts'
import { trackConnections, type Connections } from './connections.ts'
import { recordDecision } from './decision-log.ts'
import type { Generation } from './generation.ts'
import { handle, type Decision } from './handle.ts'
import { LIMITS } from './limits.ts'
import type { TlsMaterial } from './load-tls.ts'
import type { Metrics } from './metrics.ts'
import type { TenantLimits } from './tenant-limits.ts'

export interface TenantServerOptions {
  readonly tls: TlsMaterial
  /** What follows from the configuration of the moment. */
  readonly current: () => Generation
  readonly limits: TenantLimits
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Logger
}

/** The tenants' side. */
export interface TenantServer {
  readonly server: Server
  /** New connections get this certificate; those that are open stay as they are. */
  useTls(tls: TlsMaterial): void
  /** Accepts nothing new, answers what is under way, and ends; what is not over within the time is cut off. */
  drain(withinMs: number): Promise<void>
}

interface Context extends TenantServerOptions {
  readonly connections: Connections
  readonly isDraining: () => boolean
}

/** HTTPS, GET and HEAD, with every limit set. */
export function createTenantServer(options: TenantServerOptions): TenantServer {
  const server = createServer({
    ...contextOf(options.tls),
    // Always asked for, as a kubelet does. Tenants' certificates are looked at per request: a list of authorities here would
    // name each tenant's to all the others.
    requestCert: true,
    rejectUnauthorized: options.tls.clientCa !== undefined,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: LIMITS.tlsHandshakeTimeoutMs,
    maxHeaderSize: LIMITS.headerBytes,
    insecureHTTPParser: false,
    keepAlive: true,
    // Node looks every 30 s by itself: a head that drips in would live for that long.
    connectionsCheckingInterval: LIMITS.connectionsLookMs,
  })
  server.headersTimeout = LIMITS.headersTimeoutMs
  server.requestTimeout = LIMITS.requestTimeoutMs
  server.keepAliveTimeout = LIMITS.keepAliveTimeoutMs
  server.timeout = LIMITS.socketTimeoutMs
  const connections = trackConnections(server, options.metrics)
  let draining = false
  const context: Context = { ...options, connections, isDraining: () => draining }
  // An Expect header is refused by the router; Node would answer it with "100 Continue" by itself.
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      void answer(request, response, context)
    })
  }
  for (const event of ['upgrade', 'connect']) {
    server.on(event, (request: IncomingMessage, socket: Duplex) => {
      refuse(request, socket, context)
    })
  }
  return {
    server,
    useTls(tls) {
      server.setSecureContext(contextOf(tls))
    },
    async drain(withinMs) {
      draining = true
      if (!server.listening) return
      await new Promise<void>((resolve) => {
        const cut = setTimeout(() => cutConnections(server), withinMs)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        connections.closeIdle()
      })
    },
  }
}

function contextOf({ cert, key, clientCa }: TlsMaterial): ServerOptions {
  return { cert, key, minVersion: 'TLSv1.2', ca: clientCa ?? [] }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<void> {
  const { clock, log, limits, connections, isDraining } = context
  const start = clock.now()
  const generation = context.current()
  const endings = [generation.hold()]
  let isOver = false
  const over = connections.begin(request.socket, () => {
    isOver = true
    for (const end of endings.splice(0)) end()
  })
  response.once('close', () => {
    over()
    if (isDraining()) request.socket.destroySoon()
  })
  const admit = (tenant: string): ReturnType<TenantLimits['admit']> => {
    // A tenant with too many connections is told so, and the one that is too many ends.
    if (!isOver && !connections.proven(request.socket, tenant)) {
      response.shouldKeepAlive = false
      return limits.refuse(tenant, 'connections', 1)
    }
    const admission = limits.admit(tenant)
    if (admission.ok) endings.push(admission.end)
    if (admission.ok && isOver) admission.end()
    return admission
  }
  let decision: Decision
  try {
    decision = await handle(request, { ...generation.handler, admit })
  } catch (error) {
    log.error({ error: describeError(error) }, 'a request failed')
    decision = { endpoint: 'none', answer: text(500, 'internal error\n'), why: 'internal error' }
  }
  recordDecision(request, decision, clock.now() - start, context)
  if (response.destroyed) return
  if (isDraining()) response.shouldKeepAlive = false
  if (decision.answer.stream === undefined) cutWhenSlow(request.socket, response, connections)
  send(response, decision.answer, request.method !== 'HEAD')
}

/** What has not been taken after some time is not waited for: it would hold its place and its memory for ever. */
function cutWhenSlow(socket: Socket, response: ServerResponse, connections: Connections): void {
  const cut = setTimeout(() => connections.cutSlow(socket), LIMITS.responseTimeoutMs)
  response.once('close', () => clearTimeout(cut))
}

/** An upgrade or a CONNECT: refused before anything else is looked at. */
function refuse(request: IncomingMessage, socket: Duplex, context: Context): void {
  const why = 'upgrades are not served'
  recordDecision(request, { endpoint: 'none', answer: text(400, ''), why }, 0, context)
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}
