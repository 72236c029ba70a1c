import { createServer, isIPv4 } from 'node:net'
import { SubletError, listen } from '../core/index.ts'

/**
 * A lab's own corner of the loopback network: Linux answers on all of 127.0.0.0/8, so every lab takes a /16, each of its
 * nodes one address of it and each pod another. That keeps the real ports (10250, 8443) and lets labs live side by side.
 */
export interface LabNetwork {
  /** The first node's address, `127.L.0.1`; the host API server is there too. */
  readonly nodeAddress: string
  /** Of all nodes: `127.L.0.1`, `127.L.0.2`, … */
  readonly nodeAddresses: readonly string[]
  /** What the addresses of Services are of: a quarter of the net, `127.L.192.0/18`, that no node and no pod is in. */
  readonly serviceRange: string
  /** Where the Service of the host's API is: the first address of that range, at port 443 (see {@link LabNetwork.httpsPort}). */
  readonly apiService: { readonly address: string; readonly port: number }
  /** 443, or 8443 where this user may not listen below 1024. */
  readonly httpsPort: number
  /** The next free address for a pod of a node (0 is the first): `127.L.1.1` and up, `127.L.2.1` and up, … */
  takePodAddress(node?: number): string
}

export const KUBELET_PORT = 10250
export const API_SERVER_PORT = 8443

const HTTPS_PORT = 443
const FIRST = 20
const COUNT = 100
const LAST_BYTE = 254

/**
 * The network of a lab. Without a wish the first one is taken whose nodes' addresses have their ports free, starting at
 * one that depends on `seed`, so that a lab comes back at the same address. Throws E_PORT_IN_USE where nothing is free or
 * the wished-for address is taken.
 */
export async function chooseNetwork(seed: string, wished?: string, nodes = 1): Promise<LabNetwork> {
  if (wished !== undefined) {
    const network = networkAt(wished, nodes)
    await assertFree(network)
    return await withHttpsPort(network)
  }
  const start = Buffer.from(seed).reduce((sum, byte) => (sum * 31 + byte) % COUNT, 7)
  let last: unknown
  for (let step = 0; step < COUNT; step++) {
    const network = networkAt(`127.${FIRST + ((start + step) % COUNT)}.0.1`, nodes)
    try {
      await assertFree(network)
      return await withHttpsPort(network)
    } catch (error) {
      last = error
    }
  }
  throw new SubletError('E_PORT_IN_USE', `no free loopback network among ${COUNT}`, { cause: last })
}

async function assertFree({ nodeAddress, nodeAddresses }: LabNetwork): Promise<void> {
  const wanted = [
    ...nodeAddresses.map((address) => ({ address, port: KUBELET_PORT })),
    { address: nodeAddress, port: API_SERVER_PORT },
  ]
  for (const { address, port } of wanted) {
    const server = createServer()
    await listen(server, { address, port }, 'the lab')
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

/** Tries whether this user may listen on the port that API servers' Services have. Throws E_PORT_IN_USE. */
async function withHttpsPort(network: LabNetwork): Promise<LabNetwork> {
  const { address } = network.apiService
  const server = createServer()
  try {
    await listen(server, { address, port: HTTPS_PORT }, 'the lab')
    await new Promise<void>((resolve) => server.close(() => resolve()))
    return network
  } catch (error) {
    if (!(error instanceof SubletError) || error.code !== 'E_NO_PERMISSION') throw error
    const port = API_SERVER_PORT
    return { ...network, apiService: { address, port }, httpsPort: port }
  }
}

/** Services have the last quarter of the net, or the second one when the nodes are in the last. */
const firstServiceRow = (nodeRow: number): number => (nodeRow >= 192 ? 64 : 192)
const SERVICE_ROWS = 64

function networkAt(nodeAddress: string, nodes: number): LabNetwork {
  const [net = '', second = '', row = '', host = ''] = nodeAddress.split('.')
  if (!isIPv4(nodeAddress) || net !== '127') {
    throw new SubletError(
      'E_USAGE',
      `the node's address must be a loopback one (127.x.y.z), not ${nodeAddress}`,
    )
  }
  const last = Number(host) + nodes - 1
  if (last > LAST_BYTE) {
    throw new SubletError(
      'E_USAGE',
      `${nodes} nodes from ${nodeAddress} on would need 127.${second}.${row}.${last}`,
    )
  }
  const services = firstServiceRow(Number(row))
  // The nodes' own row is no pod's, and those of Services neither.
  const rows = Array.from({ length: LAST_BYTE }, (_, index) => index + 1).filter(
    (one) => one !== Number(row) && !(one >= services && one < services + SERVICE_ROWS),
  )
  const taken = new Map<number, number>()
  return {
    nodeAddress,
    nodeAddresses: Array.from(
      { length: nodes },
      (_, index) => `127.${second}.${row}.${Number(host) + index}`,
    ),
    serviceRange: `127.${second}.${services}.0/18`,
    apiService: { address: `127.${second}.${services}.1`, port: HTTPS_PORT },
    httpsPort: HTTPS_PORT,
    takePodAddress(node = 0) {
      const before = taken.get(node) ?? 0
      taken.set(node, before + 1)
      // A node has every nodes-th row, of 254 addresses each; a lab that starts more pods than that begins again.
      const own = rows.filter((_, index) => index % nodes === node)
      const ownRow = own[Math.floor(before / LAST_BYTE) % own.length] ?? 1
      return `127.${second}.${ownRow}.${1 + (before % LAST_BYTE)}`
    },
  }
}
