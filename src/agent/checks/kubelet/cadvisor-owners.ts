import type { Sample } from '../../exposition.ts'
import type { StoredPod } from '../../store/workload.ts'
import type { ProviderRun } from './provider.ts'

type Labels = Sample['labels']

/** Whose a label set is, and which tags its samples get. */
export interface Owner {
  /** Of the container, or of the pod. */
  readonly key: string
  /** The label `name`: the runtime's name of the container. */
  readonly name: string
  /** The owner's tags and this label as one more; an empty label gives `device:`, an absent one nothing. */
  tagsWith(label: string | undefined): readonly string[]
}

/** Finds the owner of each label set once in a run, and not once in each of its families. */
export interface Owners {
  /** undefined: no container's; or one that is unknown, excluded or without tags. */
  container(labels: Labels): Owner | undefined
  /** undefined: no pod's; or one that is unknown, excluded, without tags or has the node's network. */
  pod(labels: Labels): Owner | undefined
}

export function createOwners(run: ProviderRun): Owners {
  const containers = new Map<Labels, Owner | undefined>()
  const pods = new Map<Labels, Owner | undefined>()
  return {
    container: (labels) => once(containers, labels, () => containerOwner(run, labels)),
    pod: (labels) => once(pods, labels, () => podOwner(run, labels)),
  }
}

function once<K, V>(map: Map<K, V | undefined>, key: K, make: () => V | undefined): V | undefined {
  const known = map.get(key)
  if (known !== undefined || map.has(key)) return known
  const made = make()
  map.set(key, made)
  return made
}

const containerOf = (labels: Labels): string =>
  labels['container'] ?? labels['container_name'] ?? ''
const podOf = (labels: Labels): string => labels['pod'] ?? labels['pod_name'] ?? ''

const findPod = (run: ProviderRun, labels: Labels): StoredPod | undefined =>
  run.workload.podNamed(labels['namespace'] ?? '', podOf(labels))

/** The labels of a container, not of a pod's cgroup or its sandbox. */
function isContainer(labels: Labels): boolean {
  if (!('namespace' in labels && 'name' in labels && 'image' in labels && 'id' in labels))
    return false
  const container = containerOf(labels)
  return container !== '' && container !== 'POD' && ('pod' in labels || 'pod_name' in labels)
}

function isPod(labels: Labels): boolean {
  const container = containerOf(labels)
  return container === 'POD' || (container === '' && podOf(labels) !== '')
}

function containerOwner(run: ProviderRun, labels: Labels): Owner | undefined {
  const stored = isContainer(labels) ? findPod(run, labels) : undefined
  if (!stored || run.filter.excludesPod(stored)) return undefined
  const name = containerOf(labels)
  if (stored.staticPending) {
    const tags = run.tagger.pod(stored, 'high')
    return ownerOf(labels, `${stored.uid}/${name}`, tags, `kube_container_name:${name}`)
  }
  const container = stored.containers.find((one) => one.name === name)
  if (!container || run.filter.excludesStored(container)) return undefined
  return ownerOf(labels, container.id, run.tagger.container(container, 'high'))
}

function podOwner(run: ProviderRun, labels: Labels): Owner | undefined {
  const stored = isPod(labels) ? findPod(run, labels) : undefined
  if (!stored || stored.hostNetwork || run.filter.excludesPod(stored)) return undefined
  return ownerOf(labels, stored.uid, run.tagger.pod(stored, 'high'))
}

function ownerOf(
  labels: Labels,
  key: string,
  tags: readonly string[],
  more?: string,
): Owner | undefined {
  if (tags.length === 0) return undefined
  const own = more === undefined ? tags : withTag(tags, more)
  return {
    key,
    name: labels['name'] ?? '',
    tagsWith(label) {
      const value = label === undefined ? undefined : labels[label]
      return value === undefined ? own : withTag(own, `${label ?? ''}:${value}`)
    },
  }
}

const extended = new WeakMap<readonly string[], Map<string, readonly string[]>>()

/** The same list for the same tags, run after run, as long as the tagger hands out the same lists. */
function withTag(tags: readonly string[], more: string): readonly string[] {
  const known = extended.get(tags) ?? new Map<string, readonly string[]>()
  extended.set(tags, known)
  const made = known.get(more) ?? [...tags, more]
  known.set(more, made)
  return made
}
