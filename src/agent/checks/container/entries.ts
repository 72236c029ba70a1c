import type { AgentLog } from '../../log.ts'
import type { StoredContainer, StoredPod } from '../../store/workload.ts'
import type { Resolved } from './report.ts'
import type { ListedContainer, StatsCollector } from './source.ts'

const WHERE = 'agent/checks/container'

/** Which pod a container is of. With `vcluster`: as that vcluster calls it. */
interface PodName {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly vcluster?: string
}

/** A container as `inventories` reports it. */
export interface ContainerEntry {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly pod: PodName | null
  /** Numbers were reported of it. */
  readonly stats: boolean
  /** Listed, and nobody has numbers for it: it is in no pod that the agent knows, or its source said nothing. */
  readonly nilStats: boolean
  /** Why there are no numbers; null: there are. */
  readonly reason: string | null
}

/** What came of one listed container. */
export type Outcome =
  | (Resolved & { readonly skipped?: never })
  | {
      readonly listed: ListedContainer
      readonly stored?: StoredContainer
      readonly facts?: never
      readonly skipped: boolean
    }

/** `unclaimed`: why a container of no known pod is nobody's. */
export function entryOf(
  { listed, stored, facts, skipped }: Outcome,
  unclaimed: string,
  collector: StatsCollector['kind'],
): ContainerEntry {
  const stats = facts?.reading !== undefined
  const { id, name, image } = listed
  const nothing = stored ? `no numbers from the ${collector} collector` : unclaimed
  return {
    id,
    name,
    image,
    pod: stored ? podName(stored.pod) : null,
    stats,
    nilStats: !stats && skipped !== true,
    reason: stats ? null : nothing,
  }
}

function podName({ namespace, name, uid, vcluster, pod: { metadata } }: StoredPod): PodName {
  if (vcluster === undefined) return { namespace, name, uid }
  const { namespace: own = '', name: ownName = '', uid: ownUid = '' } = metadata
  return { namespace: own, name: ownName, uid: ownUid, vcluster }
}

/** The Agent's own words. Each container is a warning once, and then a debug line: the list does not change every 15 s. */
export function logNilStats(
  entries: readonly ContainerEntry[],
  reported: Set<string>,
  log: AgentLog,
): void {
  const nil = entries.filter((one) => one.nilStats)
  for (const { id, name, image } of nil) {
    const text = `Metrics provider returned nil stats for container: ${name} (id ${id}, image ${image})`
    if (reported.has(id)) log.debug(WHERE, text)
    else log.warn(WHERE, text)
  }
  reported.clear()
  for (const { id } of nil) reported.add(id)
}
