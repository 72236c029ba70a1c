import { connect, createServer, type Socket } from 'node:net'
import { closeServer, listen } from '../../core/index.ts'
import type { TargetChooser } from './choose-target.ts'
import type { Route } from './routes.ts'

/** A route at work. */
export interface Forwarder extends AsyncDisposable {
  /** Listens no longer; connections that are there go on. Resolves when the last one has ended. */
  retire(): Promise<void>
}

/**
 * Listens on a route's place and joins each connection to one of its targets, both directions ending on their own. A
 * target that refuses resets the connection. Throws E_PORT_IN_USE or E_NO_PERMISSION.
 */
export async function forwardTcp(route: Route, chooser: TargetChooser): Promise<Forwarder> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
  server.on('connection', (client) => join(client, chooser))
  await listen(server, { address: route.address, port: route.port }, 'a Service')
  return {
    retire: () => new Promise((resolve) => server.close(() => resolve())),
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}

function join(client: Socket, chooser: TargetChooser): void {
  client.on('error', () => client.destroy())
  const target = chooser.choose(client.remoteAddress ?? '')
  if (target === undefined) {
    client.resetAndDestroy()
    return
  }
  const { address: host, port } = target
  const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true })
  let isJoined = false
  upstream.on('connect', () => {
    isJoined = true
    client.pipe(upstream)
    upstream.pipe(client)
  })
  upstream.on('error', () => {
    upstream.destroy()
    if (isJoined) client.destroy()
    else client.resetAndDestroy()
  })
  client.on('close', () => upstream.destroy())
  upstream.on('close', () => {
    // What it said last may still be on its way to the client.
    if (!client.writableEnded) client.destroy()
  })
}
