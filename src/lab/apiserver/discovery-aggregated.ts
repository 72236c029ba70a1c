import { servedGroups, servedResources, type ServedResource } from './discovery-resources.ts'
import type { Kind } from './kinds/index.ts'

/** All groups with all their resources: `apidiscovery.k8s.io/v2`, what kubectl has asked for since 1.30. */
export function aggregatedGroups(
  kinds: readonly Kind[],
  root: 'api' | 'apis',
  version: string,
  others: readonly unknown[] = [],
): unknown {
  const groups = servedGroups(kinds).filter(({ name }) => (name === '') === (root === 'api'))
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups
      .map(({ name, versions }): unknown => ({
        metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
        versions: versions.map((one) => ({
          version: one,
          resources: servedResources(kinds, name, one).map((served) => resourceOf(served)),
          freshness: 'Current',
        })),
      }))
      .concat(others),
  }
}

function resourceOf({ resource, verbs, categories, subresources }: ServedResource): unknown {
  const { group, version, kind, plural, singular, namespaced, shortNames } = resource
  const scope = namespaced ? 'Namespaced' : 'Cluster'
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope,
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0
      ? {
          subresources: subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: sub.responseKind,
            verbs: sub.verbs,
          })),
        }
      : {}),
  }
}
