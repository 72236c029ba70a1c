import type { Server, Socket } from 'node:net'
import { containerAddress } from './container-address.ts'
import { SubletError, systemCode } from './errors.ts'

/** Where a server listens: an address and a port (0: the system picks one), or a unix socket's path. */
export type ListenTarget =
  { readonly address: string; readonly port: number } | { readonly path: string }

/**
 * Starts to listen. Resolves with the port (0 for a unix socket).
 * Throws E_PORT_IN_USE or E_NO_PERMISSION, which name what the address was for.
 */
export async function listen(
  server: Server,
  target: ListenTarget,
  purpose: string,
): Promise<number> {
  trackSockets(server)
  const address = 'path' in target ? undefined : containerAddress(target.address)
  const where = 'path' in target ? target.path : `${address}:${target.port}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const code = systemCode(error)
      const message = `${purpose} cannot listen on ${where}`
      if (code === 'EADDRINUSE') {
        reject(new SubletError('E_PORT_IN_USE', `${message}: it is in use`, { cause: error }))
      } else if (code === 'EACCES' || code === 'EPERM') {
        reject(new SubletError('E_NO_PERMISSION', `${message}: no permission`, { cause: error }))
      } else reject(new SubletError('E_HTTP', message, { cause: error }))
    })
    const done = (): void => {
      server.removeAllListeners('error')
      resolve()
    }
    if ('path' in target) server.listen(target.path, done)
    else server.listen(target.port, address, done)
  })
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

const socketsOf = new WeakMap<Server, Set<Socket>>()

function trackSockets(server: Server): void {
  const sockets = new Set<Socket>()
  socketsOf.set(server, sockets)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
}

/**
 * Ends a server that {@link listen} started, and every connection to it at once. Doing so twice is harmless.
 *
 * Node's `closeAllConnections` knows only connections that have become HTTP: one in the middle of its TLS handshake
 * outlives it, becomes HTTP afterwards, and keeps `close` waiting for as long as the client likes.
 */
export async function closeServer(server: Server): Promise<void> {
  const sockets = socketsOf.get(server)
  if (!server.listening && !sockets?.size) return
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    cutConnections(server)
  })
}

/** Ends every connection to a server that {@link listen} started; those in their TLS handshake too. */
export function cutConnections(server: Server): void {
  for (const socket of socketsOf.get(server) ?? []) socket.destroy()
}
