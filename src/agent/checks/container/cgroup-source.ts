import type { SystemCollector } from '../../cgroups/collector.ts'
import { lifeOf } from './kubelet-source.ts'
import type { ContainerSource, StatsCollector } from './source.ts'

/** Numbers straight from the node's control groups and processes. */
export const systemStats = (system: SystemCollector): StatsCollector => ({
  kind: 'system',
  // Not async: what it throws is still a refusal of the promise.
  reading: ({ id }) => new Promise((resolve) => resolve(system.read(id))),
})

/**
 * Containers by their control groups alone: the last resort, without a runtime and without a kubelet. All of the node's,
 * whosever they are; a control group says neither a name nor an image.
 */
export function cgroupSource(system: SystemCollector): ContainerSource {
  return {
    kind: 'cgroups',
    list: () =>
      Promise.resolve(
        system.list().map(({ id, runtime }) => ({
          id,
          name: id.slice(0, 12),
          image: '',
          runtime,
          namespace: '',
          hostNetwork: false,
          runtimeTags: [`container_id:${id}`],
          stored: undefined,
        })),
      ),
    life: (_, stored) => Promise.resolve(lifeOf(stored)),
    stats: systemStats(system),
  }
}
