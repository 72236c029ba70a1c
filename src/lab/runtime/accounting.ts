import { SubletError, describeError, type Logger } from '../../core/index.ts'
import { openCgroupV1 } from './cgroup-v1.ts'
import { openCgroupV2 } from './cgroup-v2.ts'
import { readHierarchies } from './cgroup-mounts.ts'
import { procAccounting } from './proc-accounting.ts'
import type { ContainerRuntime, UsageReading } from './types.ts'

export interface Resources {
  readonly cpuMillicores?: number
  readonly memoryBytes?: number
}

/** Counts what containers use, and limits it where it can. Cgroup paths are those of `ContainerInfo.cgroupPath`. */
export interface Accounting {
  readonly kind: ContainerRuntime['accounting']
  /** The lab's own directories in the cgroup file system; all that it makes is below them. */
  readonly parents: readonly string[]
  /** Makes the cgroup of a container and sets its limits. Returns the directories that its processes have to enter. */
  open(cgroupPath: string, limits: Resources, requests: Resources): readonly string[]
  /** The processes in the container's cgroup, or of the sessions that it started. */
  processes(cgroupPath: string, leaders: readonly number[]): readonly number[]
  /** What the cgroup (a container's, a pod's, all pods') has used; `pids` are all processes in it. */
  read(cgroupPath: string, pids: readonly number[]): UsageReading
  /** Ends what is left in the cgroup and removes it. Removing it twice is harmless. */
  close(cgroupPath: string): Promise<void>
  /** Removes all that the lab has made. */
  dispose(): Promise<void>
}

/**
 * Cgroups where this process may make some (version 1 before 2: where the controllers are bound to 1, 2 has none),
 * else the processes' own counters in /proc. `cgroup` insists: E_NO_PERMISSION says why it cannot be.
 */
export function openAccounting(
  wish: 'auto' | 'cgroup' | 'proc',
  labId: string,
  log: Logger,
): Accounting {
  if (wish === 'proc') return procAccounting()
  const refusals: string[] = []
  const hierarchies = readHierarchies()
  for (const open of [openCgroupV1, openCgroupV2]) {
    try {
      return open(labId, hierarchies)
    } catch (error) {
      refusals.push(describeError(error))
    }
  }
  const why = refusals.join('; ')
  if (wish === 'cgroup') {
    throw new SubletError('E_NO_PERMISSION', `the lab cannot make control groups: ${why}`, {
      hint: 'Run as root, or in a delegated cgroup (systemd-run --user --scope -p Delegate=yes …), or count with /proc.',
    })
  }
  log.debug({ why }, 'no control groups: reading /proc instead, limits do not apply')
  return procAccounting()
}
