import type { SystemCollector } from '../../cgroups/collector.ts'
import { messageOf } from '../../go-errors.ts'
import type { PodStore } from '../../store/pod-store.ts'
import type { CheckRun } from '../check.ts'
import { systemStats } from './cgroup-source.ts'
import type { ContainerSource, ListedContainer, StatsCollector } from './source.ts'

export interface Sources {
  readonly docker: ContainerSource | undefined
  readonly kubelet: ContainerSource
  readonly cgroups: ContainerSource | undefined
}

export interface Listing {
  readonly source: ContainerSource
  readonly all: ListedContainer[]
}

/** Docker, when it is there and answers; else the kubelet; else the control groups. The last one's fault is the run's. */
export async function listContainers(
  { docker, kubelet, cgroups }: Sources,
  pods: PodStore,
  { signal, warn }: Pick<CheckRun, 'signal' | 'warn'>,
): Promise<Listing> {
  if (docker) {
    try {
      return { source: docker, all: await docker.list(signal) }
    } catch (error) {
      signal.throwIfAborted()
      warn(`Docker cannot be asked, containers are taken from the kubelet: ${messageOf(error)}`)
    }
  }
  let why = 'it refuses its pod list'
  try {
    const all = await kubelet.list(signal)
    if (all.length > 0 || pods.everRead || !cgroups) return { source: kubelet, all }
  } catch (error) {
    signal.throwIfAborted()
    if (!cgroups) throw error
    why = messageOf(error)
  }
  warn(`The kubelet cannot be asked, containers are taken from control groups: ${why}`)
  return { source: cgroups, all: await cgroups.list(signal) }
}

/**
 * The control groups when they know any of the containers: like the Agent no second collector is asked about a single
 * container. What they cannot see (processes, for the network) comes from the source.
 */
export function collectorFor(
  system: SystemCollector | undefined,
  { stats }: ContainerSource,
  listed: readonly ListedContainer[],
): StatsCollector {
  if (!system || stats.kind === 'system' || !listed.some(({ id }) => system.knows(id))) return stats
  const own = systemStats(system)
  if (system.seesProcesses) return own
  return {
    kind: 'system',
    async reading(container, signal) {
      const [reading, other] = await Promise.all([
        own.reading(container, signal),
        stats.reading(container, signal),
      ])
      return { ...reading, ...(other?.network ? { network: other.network } : {}) }
    },
  }
}
