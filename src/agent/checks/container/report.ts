import type { Sender } from '../../aggregator/sender.ts'
import { mergeTags, type Cardinality, type Tagger } from '../../store/tags.ts'
import type { StoredContainer } from '../../store/workload.ts'
import { CONTAINER_ROWS, IO_ROWS, NETWORK_ROWS, type NetworkReading, type Row } from './reading.ts'
import type { ContainerFacts, ListedContainer } from './source.ts'

/** A container of ours, with what its source said about it. */
export interface Resolved {
  readonly listed: ListedContainer
  readonly stored: StoredContainer
  readonly facts: ContainerFacts
}

function send<T>(sender: Sender, rows: readonly Row<T>[], of: T, tags: readonly string[]): void {
  for (const [metric, call, read] of rows) {
    const value = read(of)
    if (value !== undefined) sender.metric(call, metric, value, tags)
  }
}

/** What a runtime says of one container alone. */
const OF_ONE = /^container_(name|id):/

/** The tags of a container of a pod: the pod's, what the runtime adds, and the runtime's name; none beyond `cardinality`. */
export function containerTags(
  { listed, stored }: Resolved,
  tagger: Tagger,
  cardinality: Cardinality = 'high',
): string[] {
  const { runtimeTags } = listed
  const own = cardinality === 'high' ? runtimeTags : runtimeTags.filter((tag) => !OF_ONE.test(tag))
  const merged = mergeTags(tagger.container(stored, cardinality), own)
  return [...merged, `runtime:${listed.runtime || stored.runtime}`]
}

/** `container.*` of one container, but for its network. */
export function reportContainer(
  sender: Sender,
  container: Resolved,
  tags: readonly string[],
  now: number,
): void {
  const { startedAt, restarts, reading } = container.facts
  if (startedAt !== undefined) {
    sender.metric(
      'gauge',
      'container.uptime',
      Math.max(0, Math.floor((now - startedAt) / 1000)),
      tags,
    )
  }
  if (restarts > 0) sender.metric('gauge', 'container.restarts', restarts, tags)
  if (!reading) return
  send(sender, CONTAINER_ROWS, reading, tags)
  for (const io of reading.io ?? []) {
    const device =
      io.device === undefined ? [] : [`device:${io.device}`, `device_name:${io.device}`]
    send(sender, IO_ROWS, io, [...tags, ...device])
  }
}

/** Network of all containers: what shares one network is reported once, under its pod's tags. */
export function reportNetworks(
  sender: Sender,
  containers: readonly Resolved[],
  tagger: Tagger,
  cardinality: Cardinality = 'high',
): void {
  for (const { network, members } of networkGroups(containers)) {
    const [first] = members
    // One network for several pods is the node's, or one that cannot be told apart: nobody's.
    if (!first || members.some((one) => one.stored.pod.uid !== first.stored.pod.uid)) continue
    const tags =
      members.length === 1
        ? containerTags(first, tagger, cardinality)
        : tagger.pod(first.stored.pod, cardinality)
    for (const one of network.interfaces) {
      const named = one.name === undefined ? [] : [`interface:${one.name}`]
      send(sender, NETWORK_ROWS, one, [...tags, ...named])
    }
  }
}

interface NetworkGroup {
  readonly network: NetworkReading
  readonly members: Resolved[]
}

function networkGroups(containers: readonly Resolved[]): Iterable<NetworkGroup> {
  const groups = new Map<string, NetworkGroup>()
  for (const container of containers) {
    const network = container.facts.reading?.network
    if (!network || container.listed.hostNetwork || container.stored.pod.hostNetwork) continue
    const key = network.group ?? container.listed.id
    const group = groups.get(key) ?? { network, members: [] }
    group.members.push(container)
    groups.set(key, group)
  }
  return groups.values()
}
