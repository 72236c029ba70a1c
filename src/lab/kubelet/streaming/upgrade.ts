import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, createWebSocketStream, type WebSocket } from 'ws'

/** The three ways in which clients open streams. */
export type UpgradeKind = 'websocket' | 'spdy' | 'none'

export function upgradeOf({ headers }: IncomingMessage): UpgradeKind {
  const wanted = (headers.upgrade ?? '').toLowerCase()
  if (!/(^|,)\s*upgrade\s*(,|$)/i.test(headers.connection ?? '')) return 'none'
  if (wanted === 'websocket') return 'websocket'
  return wanted === 'spdy/3.1' ? 'spdy' : 'none'
}

/** The protocols that a client offers, in its order. */
export function offeredProtocols(request: IncomingMessage): readonly string[] {
  const name =
    upgradeOf(request) === 'spdy' ? 'x-stream-protocol-version' : 'sec-websocket-protocol'
  const value = request.headers[name]
  const list = Array.isArray(value) ? value.join(',') : (value ?? '')
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The first of the client's protocols that is served. */
export function chosenProtocol(
  request: IncomingMessage,
  served: readonly string[],
): string | undefined {
  return offeredProtocols(request).find((protocol) => served.includes(protocol))
}

/** A message is at most this long: what clients send is standard input in pieces. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/** Answers the handshake with a protocol that was chosen before. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocol: string,
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => protocol,
  })
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error('the client has gone')))
    server.handleUpgrade(request, socket, head, resolve)
  })
}

/** The bytes inside a WebSocket's binary messages, as one connection. */
export function tunnelOf(socket: WebSocket): Duplex {
  return createWebSocketStream(socket)
}

/** Answers an upgrade to SPDY; what follows on the connection is frames. */
export function acceptSpdy(socket: Duplex, head: Buffer, protocol: string): Duplex {
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  )
  if (head.length > 0) socket.unshift(head)
  return socket
}
