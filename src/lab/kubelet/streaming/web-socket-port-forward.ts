import { WebSocket } from 'ws'
import { forwardPort, type ForwardTarget, type ForwardedEvents } from './forward-port.ts'
import { SEND_BACKLOG_BYTES } from './web-socket-command.ts'

/** Port-forward by channels: client libraries speak it; kubectl tunnels SPDY instead. */
export const CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'] as const

/**
 * Two channels per port of the query, data and error; the first message on each is the port in two bytes, the smaller
 * part first. One connection per port.
 */
export function webSocketPortForward(
  socket: WebSocket,
  ports: readonly number[],
  target: ForwardTarget,
): void {
  const isText = socket.protocol.includes('base64')
  let forwarded: readonly ForwardedEvents[] = []
  const send = (channel: number, content: Buffer): boolean => {
    if (socket.readyState !== WebSocket.OPEN) return true
    const message = isText
      ? `${channel}${content.toString('base64')}`
      : Buffer.concat([Buffer.of(channel), content])
    socket.send(message, () => {
      if (socket.bufferedAmount < SEND_BACKLOG_BYTES / 4) for (const one of forwarded) one.drained()
    })
    return socket.bufferedAmount < SEND_BACKLOG_BYTES
  }
  let open = ports.length
  forwarded = ports.map((port, i) => {
    const announce = Buffer.alloc(2)
    announce.writeUInt16LE(port)
    send(2 * i, announce)
    send(2 * i + 1, announce)
    let isOver = false
    return forwardPort(target, port, {
      write: (chunk) => send(2 * i, chunk),
      end() {
        if (isOver) return
        isOver = true
        open--
        if (open === 0) socket.close(1000)
      },
      holdBack(isHeldBack) {
        if (isHeldBack) socket.pause()
        else socket.resume()
      },
      fail: (message) => void send(2 * i + 1, Buffer.from(message)),
    })
  })
  socket.on('message', (data: Buffer) => {
    const channel = isText ? (data[0] ?? 0) - 0x30 : (data[0] ?? 0)
    const content = isText ? Buffer.from(data.toString('latin1', 1), 'base64') : data.subarray(1)
    if (channel % 2 === 0) forwarded[channel / 2]?.data(content)
  })
  socket.on('close', () => forwarded.forEach((one) => one.closed()))
  socket.on('error', () => socket.terminate())
}
