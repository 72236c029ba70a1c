import type { WebSocket } from 'ws'
import { endingStatus, terminalSize, type CommandStreams } from './command-streams.ts'

/**
 * The channel protocol of exec and attach over WebSocket: the first byte of a message names its stream. `v5` adds a way
 * to close a stream; in the `base64` protocols channels are digits and contents base64 text.
 * Source: k8s.io/kubelet and k8s.io/streaming of 1.36, seen in the answers of a real one.
 */
export const COMMAND_PROTOCOLS = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
] as const

const [STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE] = [0, 1, 2, 3, 4, 255] as const
const CHANNELS = { stdout: STDOUT, stderr: STDERR } as const

/** More than this waiting to be sent holds the command back; less than a quarter lets it go on. */
export const SEND_BACKLOG_BYTES: number = 1024 * 1024

/** `opens`: the channel that the client is shown first, empty, so that it knows the streams are there. */
export function webSocketCommand(
  socket: WebSocket,
  opens: 'stdout' | 'stderr' | 'none',
): CommandStreams {
  const isText = socket.protocol.includes('base64')
  const hasClose = socket.protocol.startsWith('v5.')
  let heldBack = false
  let drained = (): void => undefined
  const send = (channel: number, content: Buffer): boolean => {
    if (socket.readyState !== socket.OPEN) return true
    const message = isText
      ? `${channel}${content.toString('base64')}`
      : Buffer.concat([Buffer.of(channel), content])
    socket.send(message, () => {
      if (!heldBack || socket.bufferedAmount > SEND_BACKLOG_BYTES / 4) return
      heldBack = false
      drained()
    })
    if (socket.bufferedAmount > SEND_BACKLOG_BYTES) heldBack = true
    return !heldBack
  }
  return {
    send: (stream, chunk) => send(CHANNELS[stream], chunk),
    finish(ending) {
      send(ERROR, Buffer.from(JSON.stringify(endingStatus(ending))))
      socket.close(1000)
    },
    holdBack(isHeldBack) {
      if (isHeldBack) socket.pause()
      else socket.resume()
    },
    listen(listener) {
      drained = () => listener.drained()
      socket.on('message', (data: Buffer) => {
        const message = isText ? fromText(data) : data
        const [channel] = message
        const content = message.subarray(1)
        if (channel === STDIN) listener.input(content)
        else if (channel === CLOSE && hasClose && content[0] === STDIN) listener.inputEnded()
        else if (channel === RESIZE) {
          const size = terminalSize(content.toString())
          if (size) listener.resized(size.columns, size.rows)
        }
      })
      socket.on('close', () => listener.closed())
      socket.on('error', () => socket.terminate())
      send(opens === 'none' ? ERROR : CHANNELS[opens], Buffer.alloc(0))
    },
  }
}

function fromText(data: Buffer): Buffer {
  const channel = (data[0] ?? 0) - 0x30
  return Buffer.concat([Buffer.of(channel), Buffer.from(data.toString('latin1', 1), 'base64')])
}
