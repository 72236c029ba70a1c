import { createHash } from 'node:crypto'
import type { Resource } from '../../kube/index.ts'
import { remoteApiGroup, remoteDiscovery, type RemoteGroup } from './aggregation/index.ts'
import { aggregatedGroups } from './discovery-aggregated.ts'
import { servedGroups, servedResources, type ServedResource } from './discovery-resources.ts'
import type { KindRegistry } from './kind-registry.ts'
import type { AcceptedType } from './representation.ts'

/** A discovery document, and under which type it goes. */
export interface DiscoveryAnswer {
  readonly value: unknown
  readonly contentType: string
  /** Quoted; only the aggregated form has one. */
  readonly etag?: string
}

const JSON_TYPE = 'application/json'

/**
 * The answer to a discovery path, or undefined: `/api`, `/apis`, `/api/v1`, `/apis/GROUP[/VERSION]`. The first two have
 * a second form that holds everything at once, for clients that ask for it (`as=APIGroupDiscoveryList`).
 */
export function discover(
  path: string,
  facts: {
    readonly kinds: KindRegistry
    readonly serverAddress: string
    readonly remoteGroups?: () => readonly RemoteGroup[]
  },
  accept: readonly AcceptedType[],
): DiscoveryAnswer | undefined {
  const { kinds, serverAddress } = facts
  const remote = facts.remoteGroups?.() ?? NO_GROUPS
  const [root, ...below] = path.replace(/^\/+|\/+$/g, '').split('/')
  if (root !== 'api' && root !== 'apis') return undefined
  if (below.length > 0) {
    return plain(root === 'api' ? belowApi(kinds, below) : belowApis(kinds, remote, below))
  }
  const aggregated = aggregatedVersion(accept)
  if (aggregated !== undefined) return aggregate(kinds, remote, root, aggregated)
  return plain(root === 'api' ? apiVersions(serverAddress) : groupList(kinds, remote))
}

/** `/api/VERSION` */
function belowApi(kinds: KindRegistry, [version = '', ...more]: readonly string[]): unknown {
  return more.length === 0 ? resourceList(kinds, '', version) : undefined
}

/** `/apis/GROUP` and `/apis/GROUP/VERSION` */
function belowApis(
  kinds: KindRegistry,
  remote: readonly RemoteGroup[],
  [group = '', version, ...more]: readonly string[],
): unknown {
  if (group === '' || more.length > 0) return undefined
  return version === undefined
    ? oneGroup(kinds, remote, group)
    : resourceList(kinds, group, version)
}

function oneGroup(kinds: KindRegistry, remote: readonly RemoteGroup[], name: string): unknown {
  const own = servedGroups(kinds.all()).find((one) => one.name === name)
  const other = remote.find((one) => one.name === name)
  const found = own ? groupOf(own) : other && remoteApiGroup(other)
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...found }
}

const plain = (value: unknown): DiscoveryAnswer | undefined =>
  value === undefined ? undefined : { value, contentType: JSON_TYPE }

/** The version of the aggregated form that a client prefers to the plain one. */
function aggregatedVersion(accept: readonly AcceptedType[]): string | undefined {
  const wanted = accept.find(({ type }) => type === JSON_TYPE || type === '*/*')
  if (wanted?.parameters.get('as') !== 'APIGroupDiscoveryList') return undefined
  const version = wanted.parameters.get('v')
  const isServed = version === 'v2' || version === 'v2beta1'
  return isServed && wanted.parameters.get('g') === 'apidiscovery.k8s.io' ? version : undefined
}

const NO_GROUPS: readonly RemoteGroup[] = []

interface Made {
  readonly remote: readonly RemoteGroup[]
  readonly answer: DiscoveryAnswer
}

/** Made once for each set of kinds and remote groups. */
const made = new WeakMap<readonly unknown[], Map<string, Made>>()

function aggregate(
  kinds: KindRegistry,
  remote: readonly RemoteGroup[],
  root: 'api' | 'apis',
  version: string,
): DiscoveryAnswer {
  const all = kinds.all()
  const answers = made.get(all) ?? new Map<string, Made>()
  made.set(all, answers)
  const key = `${root} ${version}`
  const known = answers.get(key)
  if (known?.remote === remote) return known.answer
  const others = root === 'apis' ? remote.map((group) => remoteDiscovery(group)) : []
  const value = aggregatedGroups(all, root, version, others)
  const hash = createHash('sha512').update(JSON.stringify(value)).digest('hex').toUpperCase()
  const answer = {
    value,
    contentType: `${JSON_TYPE};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    etag: `"${hash}"`,
  }
  answers.set(key, { remote, answer })
  return answer
}

const apiVersions = (serverAddress: string): unknown => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
})

const groupList = (kinds: KindRegistry, remote: readonly RemoteGroup[]): unknown => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [
    ...servedGroups(kinds.all())
      .filter(({ name }) => name !== '')
      .map((group) => groupOf(group)),
    ...remote.map((group) => remoteApiGroup(group)),
  ],
})

function groupOf({ name, versions }: { name: string; versions: readonly string[] }): {
  name: string
  versions: unknown[]
  preferredVersion: unknown
} {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: all, preferredVersion: all[0] }
}

function resourceList(kinds: KindRegistry, group: string, version: string): unknown {
  const served = servedResources(kinds.all(), group, version)
  if (served.length === 0) return undefined
  const resources = served.flatMap((one) => [
    mainEntry(one),
    ...one.subresources.map((sub) => ({
      name: `${one.resource.plural}/${sub.name}`,
      singularName: '',
      namespaced: one.resource.namespaced,
      ...otherGroup(one.resource, sub.responseKind),
      kind: sub.responseKind.kind,
      verbs: sub.verbs,
    })),
  ])
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources,
  }
}

function mainEntry({ resource, verbs, categories }: ServedResource): Record<string, unknown> {
  const { plural, singular, namespaced, kind, shortNames } = resource
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  }
}

/** Named only where it is another than the resource's own. */
const otherGroup = (
  of: Resource,
  kind: { group: string; version: string },
): { group?: string; version?: string } =>
  kind.group === of.group && kind.version === of.version
    ? {}
    : { group: kind.group, version: kind.version }
