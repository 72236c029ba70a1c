import { textOf, type Fields } from '../fields.ts'
import type { RemoteGroup } from './aggregator.ts'

/** Groups of extension API servers in discovery documents; they come after all others. */

/** `/apis/GROUP`, without kind and version. */
export function remoteApiGroup({ name, versions }: RemoteGroup): Record<string, unknown> {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: all, preferredVersion: all[0] }
}

/** Its part of an APIGroupDiscoveryList. A version whose server is away is stale, and told as it was. */
export function remoteDiscovery({ name, versions }: RemoteGroup): unknown {
  return {
    metadata: { name, creationTimestamp: null },
    versions: versions.map(({ version, resources, isAvailable }) => ({
      version,
      ...(resources === undefined
        ? {}
        : { resources: resources.flatMap((one) => resourceOf(name, version, one, resources)) }),
      freshness: isAvailable ? 'Current' : 'Stale',
    })),
  }
}

function resourceOf(
  group: string,
  version: string,
  entry: Fields,
  all: readonly Fields[],
): unknown[] {
  const name = textOf(entry['name']) ?? ''
  if (name.includes('/')) return []
  const kindOf = (one: Fields): unknown => ({
    group: textOf(one['group']) ?? group,
    version: textOf(one['version']) ?? version,
    kind: textOf(one['kind']) ?? '',
  })
  const below = all.filter((one) => (textOf(one['name']) ?? '').startsWith(`${name}/`))
  const lists = ['shortNames', 'categories'].filter((key) => Array.isArray(entry[key]))
  return [
    {
      resource: name,
      responseKind: kindOf(entry),
      scope: entry['namespaced'] === true ? 'Namespaced' : 'Cluster',
      singularResource: textOf(entry['singularName']) ?? '',
      verbs: entry['verbs'] ?? [],
      ...Object.fromEntries(lists.map((key) => [key, entry[key]])),
      ...(below.length === 0
        ? {}
        : {
            subresources: below.map((one) => ({
              subresource: (textOf(one['name']) ?? '').slice(name.length + 1),
              responseKind: kindOf(one),
              verbs: one['verbs'] ?? [],
            })),
          }),
    },
  ]
}
