import { WebSocket } from 'ws'
import type { KubeletEndpoint } from './kubelet-endpoint.ts'

const TIMEOUT_MS = 5_000
const ERROR_CHANNEL = 3

/**
 * Whether the credential runs a command in a container: `id`, by a GET with an upgrade, for which a kubelet wants no more
 * than `get nodes/proxy`. `container` is `namespace/pod/container`.
 */
export async function runsCommand(
  { authority, token, tls }: KubeletEndpoint,
  container: string,
): Promise<boolean> {
  const url = `wss://${authority}/exec/${container}?command=id&output=1`
  const socket = new WebSocket(url, 'v4.channel.k8s.io', {
    ...tls,
    handshakeTimeout: TIMEOUT_MS,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  })
  return new Promise((resolve) => {
    const done = (ran: boolean): void => {
      clearTimeout(timer)
      socket.terminate()
      resolve(ran)
    }
    const timer = setTimeout(() => done(false), TIMEOUT_MS)
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
    socket.on('message', (data: Buffer) => {
      if (data[0] === ERROR_CHANNEL) done(data.includes('"status":"Success"'))
    })
  })
}
