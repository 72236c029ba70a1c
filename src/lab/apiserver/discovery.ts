import { KINDS } from './kinds/index.ts'
import { VIRTUAL_KINDS } from './virtual-kinds.ts'

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

interface ApiResource {
  name: string
  singularName: string
  namespaced: boolean
  group?: string
  version?: string
  kind: string
  verbs: readonly string[]
  shortNames?: readonly string[]
  categories?: readonly string[]
}

/** Groups that are served, the core group as ''. */
const groups = (): string[] => [
  ...new Set([...KINDS.map((kind) => kind.resource), ...VIRTUAL_KINDS].map((of) => of.group)),
]

/** The answer to a discovery path, or undefined: `/api`, `/apis`, `/api/v1`, `/apis/GROUP[/VERSION]`. */
export function discover(path: string, serverAddress: string): unknown {
  const parts = path.replace(/^\/+|\/+$/g, '').split('/')
  const [root, group = '', version] = parts
  if (root === 'api') {
    if (parts.length === 1) return apiVersions(serverAddress)
    return parts.length === 2 && group === 'v1' ? resourcesOf('') : undefined
  }
  if (root !== 'apis') return undefined
  if (parts.length === 1) {
    const named = groups().filter((name) => name !== '')
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map((name) => groupOf(name)) }
  }
  if (!groups().includes(group) || group === '') return undefined
  if (parts.length === 2) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) }
  return parts.length === 3 && version === 'v1' ? resourcesOf(group) : undefined
}

const apiVersions = (serverAddress: string): unknown => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
})

function groupOf(name: string): Record<string, unknown> {
  const version = { groupVersion: `${name}/v1`, version: 'v1' }
  return { name, versions: [version], preferredVersion: version }
}

function resourcesOf(group: string): unknown {
  const stored = KINDS.filter((kind) => kind.resource.group === group).flatMap((kind) => {
    const { plural, singular, namespaced, kind: name, shortNames } = kind.resource
    const main: ApiResource = {
      name: plural,
      singularName: singular,
      namespaced,
      kind: name,
      verbs: VERBS,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(kind.categories ? { categories: kind.categories } : {}),
    }
    return [main, ...kind.subresources.map((sub) => subresource(main, sub))]
  })
  const virtual = VIRTUAL_KINDS.filter((of) => of.group === group).map((of) => ({
    name: of.plural,
    singularName: of.singular,
    namespaced: of.namespaced,
    kind: of.kind,
    verbs: ['create'],
  }))
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? 'v1' : `${group}/v1`,
    resources: [...stored, ...virtual].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function subresource(main: ApiResource, sub: string): ApiResource {
  const { name, namespaced, kind } = main
  const base = { name: `${name}/${sub}`, singularName: '', namespaced }
  switch (sub) {
    case 'token':
      return {
        ...base,
        group: 'authentication.k8s.io',
        version: 'v1',
        kind: 'TokenRequest',
        verbs: ['create'],
      }
    case 'binding':
      return { ...base, kind: 'Binding', verbs: ['create'] }
    case 'finalize':
      return { ...base, kind, verbs: ['update'] }
    default:
      return { ...base, kind, verbs: ['get', 'patch', 'update'] }
  }
}
