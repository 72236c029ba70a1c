import type { GatewayTenant } from './gateway-tenant.ts'
import type { Presented } from './presented.ts'

/**
 * The tenant that a connection is for before anything is said on it: by its own listener or by the server name of the
 * handshake. Undefined: everybody's door, the credential says whose. `nobody`: the two disagree, or the tenant has gone.
 */
export function createDoors(
  tenants: () => readonly GatewayTenant[],
): (presented: Presented) => GatewayTenant | 'nobody' | undefined {
  return ({ listenerOf, serverName }) => {
    const named =
      serverName === undefined
        ? []
        : tenants().filter(({ config }) => config.serverName === serverName)
    if (named.length > 1) return 'nobody'
    const [byName] = named
    if (listenerOf === undefined) return byName
    const owners = tenants().filter(
      ({ config }) => config.name === listenerOf && config.listen !== undefined,
    )
    const [byListener] = owners
    if (byListener === undefined || owners.length > 1) return 'nobody'
    return byName === undefined || byName === byListener ? byListener : 'nobody'
  }
}
