import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Secret } from '../core/index.ts'
import { bearerToken, hasAuthorization } from './bearer.ts'

/** What a request shows of its sender, nothing of it verified but the possession of the certificate's key. */
export interface Presented {
  /** `unreadable`: there is something, but not exactly one bearer token. */
  readonly token: Secret | 'none' | 'unreadable'
  readonly certificate: X509Certificate | undefined
  /** The server name of the TLS handshake, in lower case. */
  readonly serverName: string | undefined
  /** The tenant whose own listener the connection came in by. */
  readonly listenerOf: string | undefined
}

const listeners = new WeakMap<Duplex, string>()

/** Every connection of this server is one tenant's: `listen` in the tenant's configuration. */
export function belongsTo(server: Server, tenant: string): void {
  server.on('secureConnection', (socket) => listeners.set(socket, tenant))
}

export function presentedBy(request: Pick<IncomingMessage, 'rawHeaders' | 'socket'>): Presented {
  const { rawHeaders } = request
  const socket = request.socket as Partial<TLSSocket> &
    Duplex & { servername?: string | false | null }
  const token = hasAuthorization(rawHeaders) ? bearerToken(rawHeaders) : 'none'
  return {
    token: token ?? 'unreadable',
    certificate: socket.getPeerX509Certificate?.(),
    serverName: socket.servername ? socket.servername.toLowerCase() : undefined,
    listenerOf: listeners.get(socket),
  }
}
