import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { limitConnections, type ConnectionLimits } from './limit-connections.ts'
import type { Metrics } from './metrics.ts'

/** The connections of a server and the requests on them. */
export interface Connections extends ConnectionLimits {
  /** A request came on this connection; gives the function that says that it is over. */
  begin(socket: Socket): () => void
  /** Ends the connections on which no request is under way, those that never had one included. */
  closeIdle(): void
}

/** Counts and limits connections, and knows which of them are idle. */
export function trackConnections(server: Server, metrics: Metrics): Connections {
  const busy = new Map<Socket, number>()
  let open = 0
  const count = (change: number): void => {
    open += change
    metrics.set('sublet_gateway_connections', open)
  }
  count(0)
  server.on('connection', (socket: Socket) => {
    count(1)
    socket.once('close', () => count(-1))
  })
  const limits = limitConnections(server)
  server.on('secureConnection', (socket) => {
    busy.set(socket, 0)
    socket.once('close', () => busy.delete(socket))
  })
  return {
    ...limits,
    begin(socket) {
      const add = (change: number): void => {
        const requests = busy.get(socket)
        if (requests !== undefined) busy.set(socket, requests + change)
      }
      add(1)
      return () => add(-1)
    },
    closeIdle() {
      for (const [socket, requests] of busy) if (requests === 0) socket.destroy()
    },
  }
}
