import type { Resource } from '../../kube/index.ts'
import type { Kind } from './kinds/index.ts'
import { VIRTUAL_KINDS } from './virtual-kinds.ts'

/** One resource as discovery tells of it. */
export interface ServedResource {
  readonly resource: Resource
  readonly verbs: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly ServedSubresource[]
}

export interface ServedSubresource {
  readonly name: string
  readonly verbs: readonly string[]
  readonly responseKind: Pick<Resource, 'group' | 'version' | 'kind'>
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** As a kube-apiserver lists its groups; what is not here comes after, by name. */
const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
]

const placeOf = (group: string): number => {
  const place = GROUP_ORDER.indexOf(group)
  return place === -1 ? GROUP_ORDER.length : place
}

/** Groups that are served, the core group as '', each with its versions, the preferred one first. */
export function servedGroups(
  kinds: readonly Kind[],
): { readonly name: string; readonly versions: readonly string[] }[] {
  const versions = new Map<string, Set<string>>()
  for (const { group, version } of [...kinds.map((kind) => kind.resource), ...VIRTUAL_KINDS]) {
    versions.set(group, (versions.get(group) ?? new Set()).add(version))
  }
  return [...versions]
    .map(([name, set]) => ({ name, versions: [...set].sort(byVersion) }))
    .sort((a, b) => placeOf(a.name) - placeOf(b.name) || (a.name < b.name ? -1 : 1))
}

/** v2 before v1 before v1beta1 (apimachinery/pkg/version.CompareKubeAwareVersionStrings). */
function byVersion(a: string, b: string): number {
  const rank = (version: string): [number, number, number] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
    if (match === null) return [-1, 0, 0]
    const [, major = '0', stage, minor = '0'] = match
    return [stage === undefined ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor)]
  }
  const [x, y] = [rank(a), rank(b)]
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2]
}

/** The resources of one group and version, by name. */
export function servedResources(
  kinds: readonly Kind[],
  group: string,
  version: string,
): ServedResource[] {
  const isHere = (of: Resource): boolean => of.group === group && of.version === version
  const stored = kinds.filter((kind) => isHere(kind.resource)).map((kind) => storedResource(kind))
  const virtual = VIRTUAL_KINDS.filter(isHere).map((resource) => ({
    resource,
    verbs: ['create'],
    categories: [],
    subresources: [],
  }))
  return [...stored, ...virtual].sort((a, b) => (a.resource.plural < b.resource.plural ? -1 : 1))
}

/** Streams: they are served besides the verbs. */
const STREAMS: Readonly<Record<string, readonly string[]>> = {
  '/pods': ['attach', 'exec', 'log', 'portforward'],
  '/nodes': ['proxy'],
}

function storedResource(kind: Kind): ServedResource {
  const { resource } = kind
  const isNamespace = resource.group === '' && resource.plural === 'namespaces'
  const streams = STREAMS[`${resource.group}/${resource.plural}`] ?? []
  return {
    resource,
    // Namespaces cannot be deleted all at once.
    verbs: isNamespace ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS,
    categories: kind.categories ?? [],
    subresources: [...kind.subresources, ...streams]
      .sort()
      .map((name) => ({ name, ...subresource(resource, name) })),
  }
}

function subresource(
  of: Resource,
  name: string,
): { verbs: readonly string[]; responseKind: ServedSubresource['responseKind'] } {
  const { group, version } = of
  const own = (kind: string): ServedSubresource['responseKind'] => ({ group, version, kind })
  switch (name) {
    case 'token':
      return {
        verbs: ['create'],
        responseKind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      }
    case 'eviction':
      return {
        verbs: ['create'],
        responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
      }
    case 'scale':
      return {
        verbs: ['get', 'patch', 'update'],
        responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      }
    case 'binding':
      return { verbs: ['create'], responseKind: own('Binding') }
    case 'proxy':
      return {
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
        responseKind: own('NodeProxyOptions'),
      }
    case 'finalize':
      return { verbs: ['update'], responseKind: own(of.kind) }
    case 'log':
      return { verbs: ['get'], responseKind: own(of.kind) }
    case 'attach':
    case 'exec':
      return {
        verbs: ['create', 'get'],
        responseKind: own(`Pod${name === 'exec' ? 'Exec' : 'Attach'}Options`),
      }
    case 'portforward':
      return { verbs: ['create', 'get'], responseKind: own('PodPortForwardOptions') }
    default:
      return { verbs: ['get', 'patch', 'update'], responseKind: own(of.kind) }
  }
}
