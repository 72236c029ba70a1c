import type { Sender } from '../../aggregator/sender.ts'
import { mergeTags, type Tagger } from '../../store/tags.ts'
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

/** The tags of a container of a pod: the pod's, what the runtime adds, and the runtime's name. */
export function containerTags({ listed, stored }: Resolved, tagger: Tagger): string[] {
  const merged = mergeTags(tagger.container(stored, 'high'), listed.runtimeTags)
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
): void {
  const groups = new Map<string, { network: NetworkReading; members: Resolved[] }>()
  for (const container of containers) {
    const network = container.facts.reading?.network
    if (!network || container.listed.hostNetwork || container.stored.pod.hostNetwork) continue
    const key = network.group ?? container.listed.id
    const group = groups.get(key) ?? { network, members: [] }
    group.members.push(container)
    groups.set(key, group)
  }
  for (const { network, members } of groups.values()) {
    const [first] = members
    // One network for several pods is the node's, or one that cannot be told apart: nobody's.
    if (!first || members.some((one) => one.stored.pod.uid !== first.stored.pod.uid)) continue
    const tags =
      members.length === 1 ? containerTags(first, tagger) : tagger.pod(first.stored.pod, 'high')
    for (const one of network.interfaces) {
      const named = one.name === undefined ? [] : [`interface:${one.name}`]
      send(sender, NETWORK_ROWS, one, [...tags, ...named])
    }
  }
}
