import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeServer, listen } from '../../core/index.ts'
import type { Pod } from '../../kube/index.ts'
import { createHostPorts } from './host-ports.ts'

const NODE = '127.19.0.1'
const POD = '127.19.1.1'
const pod = createServer((socket) => socket.end(`hello ${socket.remoteAddress}`))
let containerPort = 0
let hostPort = 0

beforeAll(async () => {
  containerPort = await listen(pod, { address: POD, port: 0 }, 'a pod')
  const free = createServer()
  hostPort = await listen(free, { address: NODE, port: 0 }, 'a free port')
  await closeServer(free)
})
afterAll(() => closeServer(pod))

const podWith = (spec: Record<string, unknown>, port: Record<string, unknown> = {}): Pod => ({
  metadata: { name: 'gateway' },
  spec: {
    containers: [{ name: 'gateway', image: 'x', ports: [{ containerPort, hostPort, ...port }] }],
    ...spec,
  },
})

async function ask(): Promise<string> {
  const socket = connect({ host: NODE, port: hostPort, localAddress: '127.19.2.2' })
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  await once(socket, 'close')
  return text
}

test('the node’s port leads to the pod’s, which sees the client’s address, until it is closed', async () => {
  const ports = createHostPorts({ hostIp: NODE, podIp: POD })
  await ports.open(podWith({}))
  await ports.open(podWith({}))
  expect(await ask()).toBe('hello 127.19.2.2')
  const second = createHostPorts({ hostIp: NODE, podIp: POD })
  await expect(second.open(podWith({}))).rejects.toThrow('the hostPort of gateway cannot listen on')
  await ports.close()
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
})

test.each([
  ['with the host’s network', podWith({ hostNetwork: true })],
  ['for UDP', podWith({}, { protocol: 'UDP' })],
])('%s nothing is opened', async (_, given) => {
  const ports = createHostPorts({ hostIp: NODE, podIp: POD })
  await ports.open(given)
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
  await ports.close()
})

test('a connection to a pod that does not listen is closed', async () => {
  const ports = createHostPorts({ hostIp: NODE, podIp: POD })
  const gone = createServer()
  await listen(gone, { address: POD, port: 0 }, 'a pod')
  const { port } = gone.address() as AddressInfo
  await closeServer(gone)
  await ports.open(podWith({}, { containerPort: port }))
  expect(await ask()).toBe('')
  await ports.close()
})
