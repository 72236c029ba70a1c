import type { Server, Socket } from 'node:net'
import { LIMITS } from './limits.ts'

/** What is told apart: a connection that has shown a good token from one that has not. */
export interface ConnectionLimits {
  /** A request of a known caller came over this connection: newcomers do not push it out. */
  proven(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): void
}

/**
 * No address may take more than its share of the connections. When all places are taken, a newcomer takes that of the
 * connection that has been open longest without a good token: thousands of idle or slow ones keep nobody out.
 */
export function limitConnections(server: Server): ConnectionLimits {
  const byAddress = new Map<string, number>()
  /** In the order of their arrival. */
  const unproven = new Map<string, Socket>()
  let open = 0

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = byAddress.get(address) ?? 0
    if (count >= LIMITS.connectionsPerAddress || !hasRoom()) {
      socket.destroy()
      return
    }
    const key = keyOf(socket)
    open++
    byAddress.set(address, count + 1)
    unproven.set(key, socket)
    socket.once('close', () => {
      open--
      unproven.delete(key)
      const left = (byAddress.get(address) ?? 1) - 1
      if (left === 0) byAddress.delete(address)
      else byAddress.set(address, left)
    })
  })

  /** `close` comes later than `destroy`; a socket that was told to go no longer counts as one that can be. */
  function hasRoom(): boolean {
    if (open < LIMITS.connections) return true
    for (const [key, socket] of unproven) {
      unproven.delete(key)
      socket.destroy()
      return true
    }
    return false
  }

  return {
    proven: (socket) => {
      unproven.delete(keyOf(socket))
    },
  }
}

/** The TLS socket of a request and the socket below it have this in common. */
const keyOf = ({
  remoteAddress,
  remotePort,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress ?? ''} ${remotePort ?? 0}`
