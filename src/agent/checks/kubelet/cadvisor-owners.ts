import type { Sample } from '../../exposition.ts'
import { withTag } from '../../store/extended-tags.ts'
import type { StoredPod } from '../../store/workload.ts'
import type { ProviderRun } from './provider.ts'

type Labels = Sample['labels']

/** Whose a label set is, and which tags its samples get. */
export interface Owner {
  /** The same one for all label sets of one container, or of one pod. */
  readonly slot: Slot
  /** The label `name`: the runtime's name of the container. */
  readonly name: string
  /** The owner's tags and this label as one more; an empty label gives `device:`, an absent one nothing. */
  tagsWith(label: string | undefined): readonly string[]
}

/** Where one family's samples of one container or pod come together. */
export interface Slot {
  /** Which gathering it was last used by. */
  by: object | undefined
  gathered: Gathered | undefined
}

export interface Gathered {
  /** Of the sample that is kept. */
  owner: Owner
  value: number
}

/** Finds the owner of each label set; `places` are those of the same family's samples in the run before. */
export interface Owners {
  /** undefined: no container's; or one that is unknown, excluded or without tags. */
  readonly container: (labels: Labels, places: Places, at: number) => Owner | undefined
  /** undefined: no pod's; or one that is unknown, excluded, without tags or has the node's network. */
  readonly pod: (labels: Labels, places: Places, at: number) => Owner | undefined
}

type Find = (run: ProviderRun, stored: StoredPod, labels: Labels) => Owner | undefined

/** The pod that label sets name; found once in a run. */
interface NamedPod {
  run: ProviderRun | undefined
  stored: StoredPod | undefined
}

/** What was found for a label set. It holds as long as its pod is the same object. */
interface Found {
  readonly labels: Labels
  readonly pod: NamedPod
  stored: StoredPod | undefined
  owner: Owner | undefined
}

/** What was found for a family's samples, one after the other: the next run has mostly the same ones. */
export type Places = Found[]

/** What is known from earlier runs: most pods are the same in all of them, and so are the label sets. */
export interface OwnersMemory {
  readonly containers: WeakMap<Labels, Found>
  readonly pods: WeakMap<Labels, Found>
  readonly named: Map<string, NamedPod>
  /** By family. */
  readonly gatherings: Map<string, Gathering>
}

/** What comes of a family's samples; good until it is gathered again. */
export interface Gathering {
  readonly places: Places
  readonly all: Gathered[]
}

export const createOwnersMemory = (): OwnersMemory => ({
  containers: new WeakMap(),
  pods: new WeakMap(),
  named: new Map(),
  gatherings: new Map(),
})

/** More pods than any node has. */
const MAX_NAMED = 8192

export function createOwners(run: ProviderRun): Owners {
  const { containers, pods, named } = run.memory.owners
  if (named.size > MAX_NAMED) named.clear()
  return {
    container: (labels, places, at) =>
      ownerOf(run, foundFor(run, containers, labels, places, at), containerOwner),
    pod: (labels, places, at) => ownerOf(run, foundFor(run, pods, labels, places, at), podOwner),
  }
}

function foundFor(
  run: ProviderRun,
  memory: WeakMap<Labels, Found>,
  labels: Labels,
  places: Places,
  at: number,
): Found {
  const before = places[at]
  if (before?.labels === labels) return before
  let found = memory.get(labels)
  if (!found) {
    found = { labels, pod: namedPod(run, labels), stored: undefined, owner: undefined }
    memory.set(labels, found)
  }
  places[at] = found
  return found
}

function ownerOf(run: ProviderRun, found: Found, find: Find): Owner | undefined {
  const { labels, pod } = found
  if (pod.run !== run) {
    pod.run = run
    pod.stored = run.workload.podNamed(labels['namespace'] ?? '', podOf(labels))
  }
  if (found.stored !== pod.stored) {
    found.stored = pod.stored
    found.owner = pod.stored && find(run, pod.stored, labels)
  }
  return found.owner
}

function namedPod({ memory }: ProviderRun, labels: Labels): NamedPod {
  const { named } = memory.owners
  const name = `${labels['namespace'] ?? ''}/${podOf(labels)}`
  const known = named.get(name) ?? { run: undefined, stored: undefined }
  named.set(name, known)
  return known
}

const containerOf = (labels: Labels): string =>
  labels['container'] ?? labels['container_name'] ?? ''
const podOf = (labels: Labels): string => labels['pod'] ?? labels['pod_name'] ?? ''

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

const containerOwner: Find = (run, stored, labels) => {
  if (!isContainer(labels) || run.filter.excludesPod(stored)) return undefined
  const name = containerOf(labels)
  if (stored.staticPending) {
    const tags = run.tagger.pod(stored, 'high')
    return makeOwner(labels, slotOf(stored, name), tags, `kube_container_name:${name}`)
  }
  const container = stored.containers.find((one) => one.name === name)
  if (!container || run.filter.excludesStored(container)) return undefined
  const tags = run.tagger.container(container, 'high')
  return makeOwner(labels, slotOf(stored, name), tags)
}

const podOwner: Find = (run, stored, labels) => {
  if (!isPod(labels) || stored.hostNetwork || run.filter.excludesPod(stored)) return undefined
  return makeOwner(labels, slotOf(stored, ''), run.tagger.pod(stored, 'high'))
}

const slots = new WeakMap<StoredPod, Map<string, Slot>>()

/** Of a pod's container, or with an empty name of the pod. */
function slotOf(stored: StoredPod, container: string): Slot {
  const ofPod = slots.get(stored) ?? new Map<string, Slot>()
  slots.set(stored, ofPod)
  const slot = ofPod.get(container) ?? { by: undefined, gathered: undefined }
  ofPod.set(container, slot)
  return slot
}

function makeOwner(
  labels: Labels,
  slot: Slot,
  tags: readonly string[],
  more?: string,
): Owner | undefined {
  if (tags.length === 0) return undefined
  const own = more === undefined ? tags : withTag(tags, more)
  let lastLabel: string | undefined
  let lastTags = own
  return {
    slot,
    name: labels['name'] ?? '',
    tagsWith(label) {
      if (label !== lastLabel) {
        const value = label === undefined ? undefined : labels[label]
        lastTags = value === undefined ? own : withTag(own, `${label ?? ''}:${value}`)
        lastLabel = label
      }
      return lastTags
    },
  }
}
