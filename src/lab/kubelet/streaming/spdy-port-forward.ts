import type { Duplex } from 'node:stream'
import { forwardPort, portOf, type ForwardTarget, type ForwardedEvents } from './forward-port.ts'
import { startSpdySession, type SpdySession } from './spdy-session.ts'
import type { SpdyStream } from './spdy-stream.ts'

/** The subprotocol of port-forward's streams. Over WebSocket kubectl since 1.31 tunnels the same session. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io'
export const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io'

interface Pair {
  data?: SpdyStream
  error?: SpdyStream
}

/** Each forwarded connection is a pair of streams, data and error, which share a request id. */
export function spdyPortForward(connection: Duplex, target: ForwardTarget): void {
  const pairs = new Map<string, Pair>()
  const running = new Set<ForwardedEvents>()
  const session: SpdySession = startSpdySession(connection, (stream) => {
    const kind = stream.headers.get('streamtype')
    const id = stream.headers.get('requestid') ?? ''
    const port = portOf(stream.headers.get('port'))
    const pair = pairs.get(id) ?? {}
    if ((kind !== 'data' && kind !== 'error') || pair[kind] || port === undefined) {
      stream.reset()
      return
    }
    pair[kind] = stream
    pairs.set(id, pair)
    if (!pair.data || !pair.error) return
    pairs.delete(id)
    start(pair.data, pair.error, port)
  })
  session.onDrain(() => running.forEach((events) => events.drained()))
  session.onClosed(() => running.forEach((events) => events.closed()))

  function start(data: SpdyStream, error: SpdyStream, port: number): void {
    let over = false
    const events = forwardPort(target, port, {
      write: (chunk) => data.write(chunk),
      end() {
        if (over) return
        over = true
        error.end()
        data.end()
        running.delete(events)
      },
      // All connections share one: holding back one of them holds back all, as the kubelet's does.
      holdBack: (isHeldBack) => session.holdBack(isHeldBack),
      fail: (message) => void error.write(Buffer.from(message)),
    })
    running.add(events)
    data.onData((chunk) => events.data(chunk))
    data.onEnd(() => events.ended())
  }
}
