import { createServer } from 'node:net'
import { SubletError, listen } from '../core/index.ts'

/**
 * A lab's own corner of the loopback network: Linux answers on all of 127.0.0.0/8, so every lab takes a /16, its node
 * one address of it and each pod another. That keeps the real ports (10250, 8443) and lets labs live side by side.
 */
export interface LabNetwork {
  /** `127.L.0.1` */
  readonly nodeAddress: string
  /** The next free address for a pod, `127.L.1.1` and up. */
  takePodAddress(): string
}

export const KUBELET_PORT = 10250
export const API_SERVER_PORT = 8443

const FIRST = 20
const COUNT = 100

/**
 * The network of a lab. Without a wish the first one is taken whose node address has its ports free, starting at one
 * that depends on `seed`, so that a lab comes back at the same address. Throws E_PORT_IN_USE where nothing is free or
 * the wished-for address is taken.
 */
export async function chooseNetwork(seed: string, wished?: string): Promise<LabNetwork> {
  if (wished !== undefined) {
    const network = networkAt(wished)
    await assertFree(wished)
    return network
  }
  const start = Buffer.from(seed).reduce((sum, byte) => (sum * 31 + byte) % COUNT, 7)
  let last: unknown
  for (let step = 0; step < COUNT; step++) {
    const address = `127.${FIRST + ((start + step) % COUNT)}.0.1`
    try {
      await assertFree(address)
      return networkAt(address)
    } catch (error) {
      last = error
    }
  }
  throw new SubletError('E_PORT_IN_USE', `no free loopback network among ${COUNT}`, { cause: last })
}

async function assertFree(address: string): Promise<void> {
  for (const port of [KUBELET_PORT, API_SERVER_PORT]) {
    const server = createServer()
    await listen(server, { address, port }, 'the lab')
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

function networkAt(nodeAddress: string): LabNetwork {
  const parts = nodeAddress.split('.')
  if (parts.length !== 4 || parts[0] !== '127') {
    throw new SubletError(
      'E_USAGE',
      `the node's address must be a loopback one (127.x.y.z), not ${nodeAddress}`,
    )
  }
  let taken = 0
  return {
    nodeAddress,
    takePodAddress() {
      taken += 1
      // 254 addresses in each of 254 rows; a lab that starts more pods than that begins again.
      const row = 1 + (Math.floor((taken - 1) / 254) % 254)
      return `127.${parts[1] ?? '20'}.${row}.${1 + ((taken - 1) % 254)}`
    },
  }
}
