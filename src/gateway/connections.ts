import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { limitConnections, type ConnectionLimits } from './limit-connections.ts'
import type { Metrics } from './metrics.ts'

/** The connections of a server and the requests on them. */
export interface Connections extends ConnectionLimits {
  /**
   * A request came on this connection; gives the function that says that it is over. `over` is called then, or when the
   * connection ends: Node says `close` of the first response in a pipeline only.
   */
  begin(socket: Socket, over: () => void): () => void
  /** A client has not taken its answer in time. */
  cutSlow(socket: Socket): void
  /** Ends the connections on which no request is under way, those that never had one included. */
  closeIdle(): void
}

/** Of all servers that count into the same metrics. */
const totals = new WeakMap<Metrics, number>()

/** Counts and limits connections, and knows which of them are idle. */
export function trackConnections(server: Server, metrics: Metrics): Connections {
  const busy = new Map<Socket, Set<() => void>>()
  const count = (change: number): void => {
    const open = (totals.get(metrics) ?? 0) + change
    totals.set(metrics, open)
    metrics.set('sublet_gateway_connections', open)
  }
  count(0)
  server.on('connection', (socket: Socket) => {
    count(1)
    socket.once('close', () => count(-1))
  })
  const limits = limitConnections(server, (why) =>
    metrics.add('sublet_gateway_connections_refused_total', { why }),
  )
  server.on('secureConnection', (socket) => {
    busy.set(socket, new Set())
    socket.once('close', () => {
      const running = busy.get(socket) ?? []
      busy.delete(socket)
      for (const over of running) over()
    })
  })
  return {
    ...limits,
    begin(socket, over) {
      busy.get(socket)?.add(over)
      return () => {
        busy.get(socket)?.delete(over)
        over()
      }
    },
    cutSlow(socket) {
      metrics.add('sublet_gateway_connections_refused_total', { why: 'slow-reader' })
      socket.destroy()
    },
    closeIdle() {
      for (const [socket, requests] of busy) if (requests.size === 0) socket.destroy()
    },
  }
}
