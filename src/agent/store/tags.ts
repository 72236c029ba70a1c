import type { Pod } from '../../kube/objects.ts'
import { splitImage } from './image-name.ts'
import { ownerTags } from './owner-tags.ts'
import type { StoredContainer, StoredPod } from './workload.ts'

export type Cardinality = 'low' | 'orchestrator' | 'high'

/** Who gives tags to pods and containers. Tests hand out their own. */
export interface Tagger {
  pod(pod: StoredPod, cardinality: Cardinality): readonly string[]
  container(container: StoredContainer, cardinality: Cardinality): readonly string[]
}

/** Tags by cardinality: each level has those of the levels before it. */
export type TagLevels = Readonly<Record<Cardinality, readonly string[]>>

type PodTag = readonly [key: string, value: (pod: Pod) => string | undefined]

const label =
  (name: string) =>
  (pod: Pod): string | undefined =>
    pod.metadata.labels?.[name]

/** Low-cardinality tags of a pod and where they come from. Source: tagger/collectors/workloadmeta_extract.go */
const POD_TAGS: readonly PodTag[] = [
  ['kube_namespace', (pod) => pod.metadata.namespace],
  ['pod_phase', (pod) => pod.status?.phase?.toLowerCase()],
  ['kube_priority_class', (pod) => pod.spec.priorityClassName],
  ['kube_qos', (pod) => pod.status?.qosClass],
  [
    'kube_runtime_class',
    (pod) => text((pod.spec as { runtimeClassName?: unknown }).runtimeClassName),
  ],
  ['kube_app_name', label('app.kubernetes.io/name')],
  ['kube_app_instance', label('app.kubernetes.io/instance')],
  ['kube_app_version', label('app.kubernetes.io/version')],
  ['kube_app_component', label('app.kubernetes.io/component')],
  ['kube_app_part_of', label('app.kubernetes.io/part-of')],
  ['kube_app_managed_by', label('app.kubernetes.io/managed-by')],
  ['env', label('tags.datadoghq.com/env')],
  ['service', label('tags.datadoghq.com/service')],
  ['version', label('tags.datadoghq.com/version')],
]

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const tagsOf = (pairs: readonly (readonly [string, string | undefined])[]): string[] =>
  pairs.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [`${key}:${value}`]))

/** More pods and containers than any node has: then what is known is forgotten and computed again. */
const MAX_KNOWN = 8192

/**
 * The Agent's tags, from the pod list. Computed once per pod and container of a list; a pod whose tags are those of the
 * list before gets the same arrays, by which the aggregator knows them again.
 */
export function createTagger(): Tagger {
  const pods = new WeakMap<StoredPod, TagLevels>()
  const containers = new WeakMap<StoredContainer, TagLevels>()
  const known = new Map<string, TagLevels>()
  const same = (key: string, made: TagLevels): TagLevels => {
    const before = known.get(key)
    if (before && equalLists(before.high, made.high) && equalLists(before.low, made.low))
      return before
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(key, made)
    return made
  }
  const podLevels = (pod: StoredPod): TagLevels =>
    remember(pods, pod, () => same(pod.uid, tagPod(pod)))
  return {
    pod: (pod, cardinality) => podLevels(pod)[cardinality],
    container: (container, cardinality) =>
      remember(containers, container, () =>
        same(
          `${container.pod.uid}/${container.id}`,
          tagContainer(container, podLevels(container.pod)),
        ),
      )[cardinality],
  }
}

const equalLists = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((tag, index) => tag === b[index])

function remember<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function tagPod({ pod, vcluster }: StoredPod): TagLevels {
  const owners = ownerTags(pod)
  const claims = owners.low.some((tag) => tag.startsWith('kube_stateful_set:')) ? claimsOf(pod) : []
  const low = [
    ...tagsOf(POD_TAGS.map(([key, value]) => [key, value(pod)])),
    ...owners.low,
    ...tagsOf([['vcluster', vcluster]]),
    ...claims.map((claim) => `persistentvolumeclaim:${claim}`),
  ]
  const orchestrator = [
    ...low,
    ...tagsOf([['pod_name', pod.metadata.name]]),
    ...owners.orchestrator,
  ]
  return { low, orchestrator, high: orchestrator }
}

/** The claims of a pod's volumes. */
export const claimsOf = (pod: Pod): string[] =>
  (pod.spec.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? [])

function tagContainer(container: StoredContainer, pod: TagLevels): TagLevels {
  const own = [
    ...tagsOf([['kube_container_name', container.name]]),
    ...imageTags(container.image),
    ...tagsOf([['image_id', container.imageId]]),
  ]
  const exact = tagsOf([
    ['container_id', container.id],
    ['display_container_name', `${container.name}_${container.pod.pod.metadata.name ?? ''}`],
  ])
  return {
    low: [...pod.low, ...own],
    orchestrator: [...pod.orchestrator, ...own],
    high: [...pod.high, ...own, ...exact],
  }
}

export function imageTags(image: string): string[] {
  const parts = splitImage(image)
  return tagsOf([
    ['image_name', parts?.name],
    ['short_image', parts?.short],
    ['image_tag', parts?.tag],
  ])
}

const LEVELS: readonly Cardinality[] = ['low', 'orchestrator', 'high']

/** The same tagger, that gives no tag beyond `cardinality`. */
export function limitTags(tagger: Tagger, cardinality: Cardinality): Tagger {
  if (cardinality === 'high') return tagger
  const most = LEVELS.indexOf(cardinality)
  const limit = (wanted: Cardinality): Cardinality =>
    LEVELS[Math.min(most, LEVELS.indexOf(wanted))] ?? cardinality
  return {
    pod: (pod, wanted) => tagger.pod(pod, limit(wanted)),
    container: (container, wanted) => tagger.container(container, limit(wanted)),
  }
}

/** Both lists; where a key is in both, the first list's values alone. Pod-derived tags go before a runtime's. */
export function mergeTags(first: readonly string[], second: readonly string[]): string[] {
  const key = (tag: string): string => tag.slice(0, tag.indexOf(':'))
  const keys = new Set(first.map(key))
  return [...first, ...second.filter((tag) => !keys.has(key(tag)))]
}
