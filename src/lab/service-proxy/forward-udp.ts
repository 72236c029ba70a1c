import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { SubletError, systemCode } from '../../core/index.ts'
import type { TargetChooser } from './choose-target.ts'
import type { Forwarder } from './forward-tcp.ts'
import type { Route } from './routes.ts'

/** A client that is silent for so long is a new one when it speaks again (as in conntrack's table). */
const IDLE_MS = 30_000
const MAX_CLIENTS = 1000

interface Flow {
  readonly upstream: Socket
  timer: NodeJS.Timeout
}

/** The same for datagrams: each client has a socket of its own to its target, for as long as it speaks. */
export async function forwardUdp(route: Route, chooser: TargetChooser): Promise<Forwarder> {
  const socket = createSocket('udp4')
  const flows = new Map<string, Flow>()
  const end = (key: string): void => {
    const flow = flows.get(key)
    if (flow === undefined) return
    flows.delete(key)
    clearTimeout(flow.timer)
    flow.upstream.close()
  }
  const open = (key: string, from: RemoteInfo): Flow | undefined => {
    const target = flows.size < MAX_CLIENTS ? chooser.choose(from.address) : undefined
    if (target === undefined) return undefined
    const upstream = createSocket('udp4')
    upstream.on('error', () => end(key))
    upstream.on('message', (message) => socket.send(message, from.port, from.address))
    upstream.connect(target.port, target.address)
    const flow = { upstream, timer: setTimeout(end, IDLE_MS, key).unref() }
    flows.set(key, flow)
    return flow
  }
  await bind(socket, route)
  socket.on('error', () => undefined)
  socket.on('message', (message, from) => {
    const key = `${from.address}:${from.port}`
    const known = flows.get(key)
    const flow = known ?? open(key, from)
    if (flow === undefined) return
    flow.timer.refresh()
    if (known) send(known.upstream, message)
    else flow.upstream.once('connect', () => flow.upstream.send(message))
  })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closed ??= new Promise((resolve) => {
      for (const key of [...flows.keys()]) end(key)
      socket.close(() => resolve())
    }))
  return { retire: close, [Symbol.asyncDispose]: close }
}

/** A datagram before its socket is connected is lost, as datagrams may be. */
function send(upstream: Socket, message: Buffer): void {
  try {
    upstream.send(message)
  } catch {
    // Not connected yet.
  }
}

function bind(socket: Socket, { address, port }: Route): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      const code = systemCode(error)
      const isTaken = code === 'EADDRINUSE'
      const message = `a Service cannot listen on ${address}:${port} (UDP)`
      reject(
        new SubletError(isTaken ? 'E_PORT_IN_USE' : 'E_NO_PERMISSION', message, { cause: error }),
      )
    })
    socket.bind({ port, address }, () => {
      socket.removeAllListeners('error')
      resolve()
    })
  })
}
