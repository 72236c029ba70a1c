import { isIPv6 } from 'node:net'
import type { FoundVcluster } from '../tenants/index.ts'
import type { TenantConfig } from './config.ts'
import type { DiscoverConfig, ObjectSource } from './discover-config.ts'

/** Where no address is known yet: RFC 6761 keeps the name from ever being one. */
const NO_ADDRESS = 'no-address.invalid'
const NOWHERE = `https://${NO_ADDRESS}`

/** The name of the object in a vcluster's host namespace that a source means. */
export function objectNameOf(source: ObjectSource, vcluster: string): string {
  return source.name.replaceAll('{vcluster}', vcluster)
}

/**
 * What is served to a vcluster that was found. Its name is `namespace/vcluster`: two may be called alike, in two
 * namespaces. One whose keys or address are not there yet is a tenant all the same: it claims its namespace.
 */
export function discoveredTenant(
  found: FoundVcluster,
  discover: DiscoverConfig,
  textOf: (source: ObjectSource, namespace: string, vcluster: string) => string | undefined,
): TenantConfig {
  const { name, namespace } = found
  const { ca, keys } = discover
  const read = (source: ObjectSource): string | undefined => textOf(source, namespace, name)
  const authority = ca === undefined || ca.kind === 'file' ? undefined : read(ca)
  // Without the authority that the operator names nobody is asked: the system's roots do not stand in for it.
  const isComplete = ca === undefined || ca.kind === 'file' || authority !== undefined
  const url = (template: string): string => (isComplete ? fill(template, found) : NOWHERE)
  return {
    name: `${namespace}/${name}`,
    hostNamespaces: [namespace],
    vcluster: name,
    api: {
      url: url(discover.apiUrl),
      caFile: ca?.kind === 'file' ? ca.path : undefined,
      ...(authority === undefined ? {} : { ca: authority }),
    },
    keys:
      keys.kind === 'url'
        ? { kind: 'url', url: url(keys.url), tokenFile: undefined }
        : { kind: 'inline', jwks: read(keys) ?? '' },
    access: 'self',
    nodeView: discover.nodeView,
    discovered: true,
  }
}

function fill(template: string, { name, namespace, podIP, port }: FoundVcluster): string {
  const address = podIP === undefined ? NO_ADDRESS : isIPv6(podIP) ? `[${podIP}]` : podIP
  return template
    .replaceAll('{vcluster}', name)
    .replaceAll('{namespace}', namespace)
    .replaceAll('{podIP}', address)
    .replaceAll('{port}', String(port))
}
