import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createConnection, isIPv6, type Socket } from 'node:net'
import { DOGSTATSD_TIMEOUT_MS } from '../limits.ts'
import { socketAddress } from '../../unix-socket-path.ts'

/** Where an Agent takes DogStatsD: over UDP, or its stream socket (`dogstatsd_stream_socket`). */
export type DogStatsdTarget =
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

export interface DogStatsdTransport {
  /** Resolves when the system has taken it; over UDP that does not mean that anybody has. */
  send(datagram: Buffer): Promise<void>
  close(): void
}

export function createTransport(target: DogStatsdTarget): DogStatsdTransport {
  return target.kind === 'udp' ? udpTransport(target) : streamTransport(target.path)
}

/** One socket, connected, so that a closed port is noticed where the system tells. */
function udpTransport({ host, port }: { host: string; port: number }): DogStatsdTransport {
  let socket: Promise<UdpSocket> | undefined
  const open = (): Promise<UdpSocket> =>
    new Promise((resolve, reject) => {
      const fresh = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
      let open = true
      fresh.on('error', (error) => {
        socket = undefined
        if (open) fresh.close()
        open = false
        reject(error)
      })
      fresh.connect(port, host, () => resolve(fresh.unref()))
    })
  return {
    async send(datagram) {
      const opened = await (socket ??= open())
      await new Promise<void>((resolve, reject) => {
        opened.send(datagram, (error) => (error ? reject(error) : resolve()))
      })
    },
    close() {
      socket?.then((opened) => opened.close()).catch(() => undefined)
      socket = undefined
    },
  }
}

/** Each datagram after its length, four bytes, least first: the Agent's stream protocol. */
function streamTransport(path: string): DogStatsdTransport {
  let socket: Promise<Socket> | undefined
  const open = (): Promise<Socket> => {
    const own = openStream(path, () => {
      // Not that of a later connection.
      if (socket === own) socket = undefined
    })
    return own
  }
  const write = async (frame: Buffer): Promise<void> => {
    const opened = await (socket ??= open())
    await new Promise<void>((resolve, reject) => {
      opened.write(frame, (error) => (error ? reject(error) : resolve()))
    })
  }
  return {
    async send(datagram) {
      const frame = Buffer.alloc(4 + datagram.length)
      frame.writeUInt32LE(datagram.length)
      datagram.copy(frame, 4)
      const reused = socket !== undefined
      try {
        await write(frame)
      } catch (error) {
        socket = undefined
        // The Agent may have restarted since the last batch.
        if (!reused) throw explain(error, path)
        await write(frame)
      }
    },
    close() {
      socket?.then((opened) => opened.destroy()).catch(() => undefined)
      socket = undefined
    },
  }
}

function openStream(path: string, closed: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const address = socketAddress(path)
    const socket = createConnection({ path: address.path })
    socket.setTimeout(DOGSTATSD_TIMEOUT_MS, () => {
      if (!socket.connecting && socket.writableLength === 0) return
      socket.destroy(new Error(`${path} takes nothing for ${DOGSTATSD_TIMEOUT_MS} ms`))
    })
    socket.once('connect', () => resolve(socket))
    socket.on('error', (error) => {
      closed()
      reject(error)
    })
    socket.once('close', () => {
      closed()
      address.close()
    })
    socket.resume().unref()
  })
}

/** Node has no datagram sockets in the file system; the Agent's older socket is one. */
function explain(error: unknown, path: string): unknown {
  if ((error as { code?: string }).code !== 'EPROTOTYPE') return error
  const advice = 'set DD_DOGSTATSD_STREAM_SOCKET on that Agent and name that socket, or use udp://'
  return new Error(`${path} is a datagram socket, which Node cannot write to: ${advice}`)
}
