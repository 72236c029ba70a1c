import type { KubeClient, Resource } from '../../../kube/index.ts'

/** A kind that the API server serves, and what can be done with its objects. */
export interface Discovered extends Resource {
  readonly verbs: readonly string[]
}

const ACCEPT =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

interface GroupList {
  items?: {
    metadata?: { name?: string }
    versions?: {
      version: string
      resources?: {
        resource: string
        responseKind?: { kind?: string }
        scope?: string
        singularResource?: string
        shortNames?: string[]
        verbs?: string[]
      }[]
    }[]
  }[]
}

/** Every kind that is served, of each group the version that it prefers. */
export async function discover(client: KubeClient, signal: AbortSignal): Promise<Discovered[]> {
  const lists = await Promise.all(
    ['/api', '/apis'].map(async (path) => {
      const answer = await client.raw('GET', path, { headers: { accept: ACCEPT }, signal })
      if (answer.status !== 200) throw new Error(`discovery: GET ${path}: HTTP ${answer.status}`)
      return JSON.parse(answer.body.toString('utf8')) as GroupList
    }),
  )
  return lists.flatMap(({ items = [] }) => items.flatMap(resourcesOf))
}

function resourcesOf(group: NonNullable<GroupList['items']>[number]): Discovered[] {
  const [preferred] = group.versions ?? []
  return (preferred?.resources ?? []).map((one) => ({
    group: group.metadata?.name ?? '',
    version: preferred?.version ?? 'v1',
    plural: one.resource,
    singular: one.singularResource ?? '',
    kind: one.responseKind?.kind ?? '',
    namespaced: one.scope === 'Namespaced',
    shortNames: one.shortNames ?? [],
    verbs: one.verbs ?? [],
  }))
}
