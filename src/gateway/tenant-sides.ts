import type { Server } from 'node:https'
import { listen } from '../core/index.ts'
import type { GatewayConfig } from './config.ts'
import type { TlsMaterial } from './load-tls.ts'
import { belongsTo } from './presented.ts'
import type { TenantServer } from './tenant-server.ts'

/** The listener that all tenants share, and those that tenants have of their own; used as one. */
export interface TenantSides {
  readonly servers: readonly Server[]
  /** Opens all of them. Throws E_PORT_IN_USE and E_NO_PERMISSION. */
  listen(): Promise<{ readonly port: number; readonly ownPorts: ReadonlyMap<string, number> }>
  useTls(tls: TlsMaterial): void
  drain(withinMs: number): Promise<void>
}

/** What comes in by a tenant's own listener is that tenant's, or refused. */
export function createTenantSides(config: GatewayConfig, make: () => TenantServer): TenantSides {
  const shared = make()
  const own = config.tenants.flatMap(({ name, listen: endpoint }) => {
    if (endpoint === undefined) return []
    const side = make()
    belongsTo(side.server, name)
    return [{ name, endpoint, side }]
  })
  const sides = [shared, ...own.map(({ side }) => side)]
  return {
    servers: sides.map(({ server }) => server),
    async listen() {
      const port = await listen(shared.server, config.listen, 'the gateway')
      const ownPorts = new Map<string, number>()
      for (const { name, endpoint, side } of own) {
        const what = `the gateway for tenant ${name}`
        ownPorts.set(name, await listen(side.server, endpoint, what))
      }
      return { port, ownPorts }
    },
    useTls(tls) {
      for (const side of sides) side.useTls(tls)
    },
    async drain(withinMs) {
      await Promise.all(sides.map((side) => side.drain(withinMs)))
    },
  }
}
