import type { Accounting } from './accounting.ts'
import { ALL_PODS_CGROUP, podCgroup, type Container } from './container.ts'
import { diskUsage } from './disk-usage.ts'
import type { UsageReading } from './types.ts'

/** A container's own layer changes seldom; walking it costs more than all the rest of a reading. */
const DISK_AGE_MS = 30_000

export interface UsageReader {
  ofContainer(container: Container): Promise<UsageReading>
  ofPod(sandbox: Container): Promise<UsageReading>
  ofAllPods(): Promise<UsageReading>
}

/** Readings of containers, pods and all pods. A container that has ended keeps its counters and has no processes. */
export function usageReader(
  accounting: Accounting,
  containers: ReadonlyMap<string, Container>,
): UsageReader {
  const pidsOf = (container: Container): readonly number[] => {
    if (container.phase !== 'running') return []
    const leaders = [...(container.child ? [container.child] : []), ...container.execs]
    return accounting.processes(
      container.base.cgroupPath,
      leaders.map(({ programPid }) => programPid),
    )
  }
  const read = async (path: string, members: readonly Container[]): Promise<UsageReading> => {
    const disks = await Promise.all(members.map(diskOf))
    return {
      ...accounting.read(path, members.flatMap(pidsOf)),
      rootfsUsedBytes: disks.reduce((sum, { bytes }) => sum + bytes, 0),
      rootfsInodesUsed: disks.reduce((sum, { inodes }) => sum + inodes, 0),
    }
  }
  return {
    ofContainer: (container) => read(container.base.cgroupPath, [container]),
    ofPod(sandbox) {
      const id = sandbox.base.id
      const members = [...containers.values()].filter(({ base }) => base.sandboxId === id)
      return read(podCgroup(sandbox.base.sandbox), members)
    },
    ofAllPods: () => read(ALL_PODS_CGROUP, [...containers.values()]),
  }
}

async function diskOf(container: Container): Promise<{ bytes: number; inodes: number }> {
  const known = container.disk
  if (known && Date.now() - known.at < DISK_AGE_MS) return known
  const usage = await diskUsage(container.base.rootDir)
  container.disk = { at: Date.now(), ...usage }
  return container.disk
}
