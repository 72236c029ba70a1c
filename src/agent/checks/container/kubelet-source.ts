import type { ContainerStats, PodStats, Summary } from '../../../kubelet/summary-types.ts'
import { getChecked, recorded, type RequestRecord } from '../../kubelet/client.ts'
import type { KubeletConnection } from '../../kubelet/connection.ts'
import { isFresh } from '../../is-fresh.ts'
import { STATS_CACHE_MS } from '../../limits.ts'
import type { PodStore } from '../../store/pod-store.ts'
import type { StoredContainer } from '../../store/workload.ts'
import type { ContainerReading } from './reading.ts'
import type { ContainerLife, ContainerSource, ListedContainer } from './source.ts'

export interface KubeletSourceOptions {
  readonly connection: KubeletConnection
  readonly pods: PodStore
  readonly now: () => number
  readonly requests: RequestRecord[]
}

/** Without a runtime: containers from the kubelet's `/pods`, their numbers from its `/stats/summary`. */
export function kubeletSource(options: KubeletSourceOptions): ContainerSource {
  const { connection, pods, now, requests } = options
  let summary:
    { readonly at: number; readonly readings: Promise<Map<string, ContainerReading>> } | undefined

  const readings = (signal: AbortSignal): Promise<Map<string, ContainerReading>> => {
    if (summary && isFresh(summary.at, now(), STATS_CACHE_MS)) return summary.readings
    const read = async (): Promise<Map<string, ContainerReading>> => {
      const client = recorded(await connection.client(signal), requests)
      const bytes = await getChecked(client, '/stats/summary', 'statssummary', signal)
      return readingsById(JSON.parse(bytes.toString()) as Partial<Summary>, pods)
    }
    summary = { at: now(), readings: read() }
    return summary.readings
  }
  return {
    kind: 'kubelet',
    async list(signal) {
      await pods.refresh(recorded(await connection.client(signal), requests), signal)
      const all = pods.current().pods.flatMap((pod) => pod.containers)
      return all.filter((one) => one.running).map(listed)
    },
    life: (_, stored) => Promise.resolve(lifeOf(stored)),
    stats: {
      kind: 'kubelet',
      reading: async ({ id }, signal) => (await readings(signal)).get(id),
    },
  }
}

/** What the pod list says. */
export const lifeOf = ({ startedAt, restartCount }: StoredContainer): ContainerLife => ({
  startedAt,
  restarts: restartCount,
})

function listed(stored: StoredContainer): ListedContainer {
  return {
    id: stored.id,
    name: stored.name,
    image: stored.image,
    runtime: stored.runtime,
    namespace: stored.pod.namespace,
    hostNetwork: stored.pod.hostNetwork,
    runtimeTags: [],
    stored,
  }
}

/** uid → name → id through the pod list; pods that are not in it are left out. */
function readingsById(summary: Partial<Summary>, pods: PodStore): Map<string, ContainerReading> {
  const found = new Map<string, ContainerReading>()
  for (const pod of (summary.pods ?? []) as readonly (Partial<PodStats> | null)[]) {
    // One that is not as it should be costs its own numbers, and no other's.
    if (!isWhole(pod)) continue
    const stored = pods.current().pod(pod.podRef.uid)
    for (const stats of (pod.containers as ContainerStats[] | null | undefined) ?? []) {
      const id = stored?.containers.find((one) => one.name === stats.name)?.id
      if (id !== undefined) found.set(id, readingOf(stats, pod))
    }
  }
  return found
}

const isWhole = (pod: Partial<PodStats> | null): pod is PodStats =>
  typeof pod?.podRef?.uid === 'string'

function readingOf(stats: ContainerStats, pod: PodStats): ContainerReading {
  const interfaces = pod.network?.interfaces ?? (pod.network ? [pod.network] : [])
  return {
    cpu: { total: stats.cpu?.usageCoreNanoSeconds },
    memory: {
      usage: stats.memory?.usageBytes,
      rss: stats.memory?.rssBytes,
      workingSet: stats.memory?.workingSetBytes,
      pageFaults: stats.memory?.pageFaults,
      majorPageFaults: stats.memory?.majorPageFaults,
    },
    ...(interfaces.length === 0
      ? {}
      : {
          network: {
            group: pod.podRef.uid,
            interfaces: interfaces.map(({ name, txBytes, rxBytes }) => ({
              name,
              sentBytes: txBytes,
              receivedBytes: rxBytes,
            })),
          },
        }),
  }
}
