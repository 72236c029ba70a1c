import { describeError } from '../../../../core/index.ts'
import {
  ENDPOINTS,
  NAMESPACES,
  NODES,
  PODS,
  SERVICES,
  type Endpoints,
  type KubeClient,
  type Resource,
} from '../../../../kube/index.ts'
import type { MetadataMap, ResourceCount, ServicesOfPods } from './state.ts'

const COUNTED: readonly Resource[] = [NODES, NAMESPACES, PODS, SERVICES]

/** How many objects there are of each resource. Never throws but for the signal: a refusal is part of the answer. */
export function countResources(client: KubeClient, signal: AbortSignal): Promise<ResourceCount[]> {
  return Promise.all(
    COUNTED.map(async (resource) => {
      const name = resource.plural
      try {
        const { items } = await client.list(resource, { signal })
        return { resource: name, count: items.length, error: null }
      } catch (error) {
        signal.throwIfAborted()
        return { resource: name, count: null, error: describeError(error) }
      }
    }),
  )
}

/** Which Services lead to which pods. Source: the Cluster Agent's metadata mapper, pkg/util/kubernetes/apiserver */
export async function readServicesOfPods(
  client: KubeClient,
  signal: AbortSignal,
): Promise<{ readonly map: ServicesOfPods; readonly summary: MetadataMap }> {
  const map = new Map<string, string[]>()
  try {
    const { items } = await client.list<Endpoints>(ENDPOINTS, { signal })
    for (const one of items) for (const pod of podsOf(one)) add(map, pod, one.metadata.name ?? '')
    const services = new Set([...map.values()].flat()).size
    return { map, summary: { pods: map.size, services, error: null } }
  } catch (error) {
    signal.throwIfAborted()
    return { map, summary: { pods: 0, services: 0, error: describeError(error) } }
  }
}

function podsOf({ metadata, subsets }: Endpoints): string[] {
  const targets = (subsets ?? []).flatMap(({ addresses }) => addresses ?? [])
  return targets.flatMap(({ targetRef }) =>
    targetRef?.kind === 'Pod'
      ? [`${targetRef.namespace ?? metadata.namespace ?? ''}/${targetRef.name}`]
      : [],
  )
}

function add(map: Map<string, string[]>, pod: string, service: string): void {
  const known = map.get(pod)
  if (known === undefined) map.set(pod, [service])
  else if (!known.includes(service)) known.push(service)
}
