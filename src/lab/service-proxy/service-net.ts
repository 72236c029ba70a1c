import type { ServiceNet, Target } from './routes.ts'

const FIRST_NODE_PORT = 30_000
const LAST_NODE_PORT = 32_767

/**
 * The lab's own part of the loopback network. Services listen in their range and on the nodes' addresses only, and lead
 * to other addresses of the lab or to such as are not on this machine at all; never to another Service, nor to a node
 * port, where a connection could go round for ever.
 */
export function createServiceNet(
  serviceRange: string,
  nodeAddresses: readonly string[],
): ServiceNet {
  const [base = '', bits = ''] = serviceRange.split('/')
  const size = 2 ** (32 - Number(bits))
  const first = numberOf(base)
  const isServiceAddress = (address: string): boolean => {
    const number = numberOf(address)
    return number > first && number < first + size - 1
  }
  const prefix = `${base.split('.').slice(0, 2).join('.')}.`
  const isNodePort = ({ address, port }: Target): boolean =>
    nodeAddresses.includes(address) && port >= FIRST_NODE_PORT && port <= LAST_NODE_PORT
  return {
    nodeAddresses,
    isServiceAddress,
    isTarget: (target) =>
      Number.isFinite(numberOf(target.address)) &&
      (target.address.startsWith(prefix) || !target.address.startsWith('127.')) &&
      !isServiceAddress(target.address) &&
      !isNodePort(target),
  }
}

/** An IPv4 address as a number; NaN for anything else. */
function numberOf(address: string): number {
  const bytes = address.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : NaN))
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) return NaN
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}
