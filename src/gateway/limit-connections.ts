import type { Server, Socket } from 'node:net'
import { LIMITS } from './limits.ts'

/** What is told apart: a connection that has shown a good token from one that has not. */
export interface ConnectionLimits {
  /**
   * A request of a known caller of this tenant came over this connection: newcomers do not push it out. False: the tenant
   * has its share of connections already.
   */
  proven(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>, tenant: string): boolean
}

/**
 * No address may take more than its share of the connections. When all places are taken, a newcomer takes that of the
 * connection that has been open longest without a good token: thousands of idle or slow ones keep nobody out.
 */
export function limitConnections(
  server: Server,
  refused: (why: 'address' | 'tenant' | 'full' | 'pushed-out') => void,
): ConnectionLimits {
  const byAddress = new Map<string, number>()
  /** In the order of their arrival. */
  const unproven = new Map<string, Socket>()
  const tenantOf = new Map<string, string>()
  const byTenant = new Map<string, number>()
  let open = 0

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = byAddress.get(address) ?? 0
    const why = count >= LIMITS.connectionsPerAddress ? 'address' : hasRoom() ? undefined : 'full'
    if (why !== undefined) {
      refused(why)
      socket.destroy()
      return
    }
    const key = keyOf(socket)
    open++
    addTo(byAddress, address, 1)
    unproven.set(key, socket)
    socket.once('close', () => {
      open--
      unproven.delete(key)
      addTo(byAddress, address, -1)
      const tenant = tenantOf.get(key)
      tenantOf.delete(key)
      if (tenant !== undefined) addTo(byTenant, tenant, -1)
    })
  })

  /** `close` comes later than `destroy`; a socket that was told to go no longer counts as one that can be. */
  function hasRoom(): boolean {
    if (open < LIMITS.connections) return true
    for (const [key, socket] of unproven) {
      unproven.delete(key)
      refused('pushed-out')
      socket.destroy()
      return true
    }
    return false
  }

  return {
    proven(socket, tenant) {
      const key = keyOf(socket)
      // A connection is of the tenant whose caller was the first to be known on it; one that has ended is nobody's.
      if (!unproven.has(key)) return tenantOf.has(key)
      if ((byTenant.get(tenant) ?? 0) >= LIMITS.connectionsPerTenant) {
        refused('tenant')
        return false
      }
      unproven.delete(key)
      tenantOf.set(key, tenant)
      addTo(byTenant, tenant, 1)
      return true
    },
  }
}

function addTo(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

/** The TLS socket of a request and the socket below it have this in common. */
const keyOf = ({
  remoteAddress,
  remotePort,
}: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress ?? ''} ${remotePort ?? 0}`
