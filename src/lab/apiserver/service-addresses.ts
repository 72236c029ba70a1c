import { SERVICES, type KubeObject } from '../../kube/index.ts'
import { fieldsOf, listOf, textOf } from './fields.ts'
import type { ServiceAddresses } from './kinds/index.ts'
import type { Store } from './store.ts'

const FIRST_NODE_PORT = 30_000
const NODE_PORTS = 2768
const DEFAULT_RANGE = '10.96.0.0/16'

/**
 * Gives Services addresses and node ports that no other Service of the store has: which ones follows from the Service's
 * uid. With a `range` (`127.20.192.0/18`) addresses outside of it are refused, as a kube-apiserver does with its
 * `--service-cluster-ip-range`; its first address is for the API server itself and is given to nobody.
 */
export function createServiceAddresses(store: Store, range?: string): ServiceAddresses {
  const { first, size } = parseRange(range ?? DEFAULT_RANGE)
  const others = (uid: string): readonly KubeObject[] =>
    store
      .list(SERVICES)
      .map(({ object }) => object)
      .filter(({ metadata }) => metadata.uid !== uid)
  const addressesOf = (services: readonly KubeObject[]): Set<string> =>
    new Set(services.map(({ spec }) => textOf(fieldsOf(spec)['clusterIP']) ?? ''))
  return {
    takeAddress(uid) {
      const taken = addressesOf(others(uid))
      const start = hashOf(uid, 0)
      const free = Array.from({ length: Math.min(size - 3, taken.size + 1) }, (_, step) =>
        addressAt(first + 2 + ((start + step) % (size - 3))),
      )
      return free.find((address) => !taken.has(address)) ?? ''
    },
    takeNodePort(uid, used) {
      const taken = new Set([...others(uid).flatMap(nodePortsOf), ...used])
      const start = hashOf(uid, 4)
      const ports = Array.from(
        { length: Math.min(NODE_PORTS, taken.size + 1) },
        (_, step) => FIRST_NODE_PORT + ((start + step) % NODE_PORTS),
      )
      return ports.find((port) => !taken.has(port)) ?? 0
    },
    addressFault(uid, address) {
      const number = numberOf(address)
      const isInside = number !== undefined && number > first && number < first + size - 1
      if (range !== undefined && !isInside)
        return `provided IP is not in the valid range. The range of valid IPs is ${range}`
      return addressesOf(others(uid)).has(address) ? 'provided IP is already allocated' : undefined
    },
    nodePortFault(uid, port) {
      if (port < FIRST_NODE_PORT || port >= FIRST_NODE_PORT + NODE_PORTS) {
        const last = FIRST_NODE_PORT + NODE_PORTS - 1
        return `provided port is not in the valid range. The range of valid ports is ${FIRST_NODE_PORT}-${last}`
      }
      const isTaken = others(uid).some((service) => nodePortsOf(service).includes(port))
      return isTaken ? 'provided port is already allocated' : undefined
    },
  }
}

const nodePortsOf = ({ spec }: KubeObject): number[] =>
  listOf(fieldsOf(spec)['ports']).flatMap(({ nodePort }) =>
    typeof nodePort === 'number' ? [nodePort] : [],
  )

/** Some of a uid's digits as a number. */
const hashOf = (uid: string, from: number): number => parseInt(uid.slice(from, from + 4), 16) || 1

function parseRange(range: string): { readonly first: number; readonly size: number } {
  const [address = '', bits = ''] = range.split('/')
  const [first, length] = [numberOf(address), Number(bits)]
  if (first === undefined || !(length >= 8 && length <= 29))
    throw new Error(`no range for services: ${range}`)
  return { first, size: 2 ** (32 - length) }
}

function numberOf(address: string): number | undefined {
  const bytes = address.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256))
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) return undefined
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}

const addressAt = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
