import { connect, createServer, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { closeServer, listen } from '../../core/index.ts'
import type { Pod } from '../../kube/index.ts'

/** A pod's `hostPort`s: connections to the node's port end at the pod's, as a CNI's portmap arranges it. */
export interface HostPorts {
  /** Opens those that the pod wants and that are not open yet. Throws E_PORT_IN_USE. */
  open(pod: Pod): Promise<void>
  close(): Promise<void>
}

export interface HostPortAddresses {
  readonly hostIp: string
  readonly podIp: string
}

interface Mapping {
  readonly address: string
  readonly hostPort: number
  readonly containerPort: number
}

/** TCP only: for UDP and SCTP nothing is opened. */
export function createHostPorts({ hostIp, podIp }: HostPortAddresses): HostPorts {
  const servers = new Map<string, Server>()
  return {
    async open(pod) {
      for (const { address, hostPort, containerPort } of mappingsOf(pod, hostIp)) {
        const where = `${address}:${hostPort}`
        if (servers.has(where)) continue
        const server = createServer({ allowHalfOpen: true }, (socket) =>
          forward(socket, podIp, containerPort),
        )
        await listen(server, { address, port: hostPort }, `the hostPort of ${pod.metadata.name}`)
        servers.set(where, server)
      }
    },
    async close() {
      const open = [...servers.values()]
      servers.clear()
      await Promise.all(open.map(closeServer))
    },
  }
}

function mappingsOf({ spec }: Pod, hostIp: string): readonly Mapping[] {
  // With the host's network the container listens there itself.
  if (spec.hostNetwork === true) return []
  return spec.containers
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ protocol = 'TCP', hostIP, hostPort = 0, containerPort }) =>
      protocol === 'TCP' && hostPort > 0
        ? [{ address: isEvery(hostIP) ? hostIp : hostIP, hostPort, containerPort }]
        : [],
    )
}

/** Every address of the node: the lab's node has one, and its neighbours on the machine are other labs. */
const isEvery = (address: string | undefined): address is undefined | '' | '0.0.0.0' | '::' =>
  address === undefined || ['', '0.0.0.0', '::'].includes(address)

/** The pod sees the client's own address, as behind a portmap; it can, where both are of the loopback network. */
function forward(socket: Socket, host: string, port: number): void {
  const { remoteAddress = '' } = socket
  const isLocal = remoteAddress.startsWith('127.') && host.startsWith('127.')
  const localAddress = isLocal ? { localAddress: remoteAddress } : {}
  const pod = connect({ host, port, allowHalfOpen: true, ...localAddress })
  for (const each of [socket, pod]) each.on('error', () => undefined)
  pipeline(socket, pod, () => undefined)
  pipeline(pod, socket, () => undefined)
  socket.once('close', () => pod.destroy())
  pod.once('close', () => socket.destroy())
}
