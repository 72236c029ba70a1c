import { availableParallelism } from 'node:os'
import { createDeviceNames } from '../checks/container/device-names.ts'
import type { ContainerReading } from '../checks/container/reading.ts'
import { STATS_CACHE_MS } from '../limits.ts'
import { createGroupIndex, type Group } from './group-index.ts'
import { openHierarchies, type Hierarchies } from './hierarchies.ts'
import { countOpenFiles, isPause, networkOf, processesIn } from './processes.ts'
import { cpuCoresV1, readV1 } from './read-v1.ts'
import { cpuCoresV2, readV2 } from './read-v2.ts'

/** A container of which the node's control groups know. */
export interface GroupedContainer {
  readonly id: string
  /** `docker`, `containerd`, `cri-o`, or nothing: most runtimes do not say. */
  readonly runtime: string
}

/** The node's control groups and processes as a source of numbers: no runtime and no kubelet is asked. */
export interface SystemCollector {
  /** Networks and open files can be read as well. */
  readonly seesProcesses: boolean
  /** All containers that have a control group now, without the sandboxes of pods. */
  list(): GroupedContainer[]
  knows(id: string): boolean
  /** Throws `containerID not found`, or when nothing could be read: the container is just gone. */
  read(id: string): ContainerReading
}

export interface SystemCollectorOptions {
  /** As this process finds it: `/sys/fs/cgroup`, or where the node's is mounted. */
  readonly cgroupRoot: string
  /** undefined: the node's processes cannot be seen; no network and no open files then. */
  readonly procRoot: string | undefined
  readonly now: () => number
  readonly hostCpus?: number
}

/** undefined when control groups cannot be read: it then stays so for the life of the process. */
export function createSystemCollector(
  options: SystemCollectorOptions,
): SystemCollector | undefined {
  const hierarchies = openHierarchies(options.cgroupRoot)
  if (!hierarchies) return undefined
  const { procRoot, now } = options
  const hostCpus = options.hostCpus ?? availableParallelism()
  const groups = createGroupIndex(hierarchies, { now, cacheMs: STATS_CACHE_MS })
  const names = createDeviceNames(`${procRoot ?? '/proc'}/diskstats`)
  const deviceName = (device: string): string => {
    const [major, minor] = device.split(':').map(Number)
    return names(major ?? 0, minor ?? 0)
  }
  const pidsOf = (group: Group): number[] => {
    const dir = group.dir('memory') ?? group.dir('pids')
    return procRoot === undefined || dir === undefined ? [] : processesIn(dir)
  }
  return {
    seesProcesses: procRoot !== undefined,
    list() {
      const real = groups
        .all()
        .filter((group) => procRoot === undefined || !isPause(procRoot, pidsOf(group)))
      return real.map(({ id, prefix }) => ({ id, runtime: RUNTIMES[prefix] ?? '' }))
    },
    knows: (id) => groups.find(id) !== undefined,
    read(id) {
      const group = groups.find(id)
      if (!group) throw new Error('containerID not found')
      const reading = readGroup(hierarchies, group, deviceName, hostCpus)
      if (procRoot === undefined) return reading
      const pids = pidsOf(group)
      const network = networkOf(procRoot, pids)
      return {
        ...reading,
        pids: { ...reading.pids, openFiles: countOpenFiles(procRoot, pids) },
        ...(network ? { network } : {}),
      }
    },
  }
}

const RUNTIMES: Readonly<Record<string, string>> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  crio: 'cri-o',
}

/** The limit is the container's own, else its pod's, else all of the machine. */
function readGroup(
  { version }: Hierarchies,
  group: Group,
  deviceName: (device: string) => string,
  hostCpus: number,
): ContainerReading {
  const dir = group.dir('memory') ?? ''
  const parent = group.parent('memory') ?? ''
  const reading = version === 2 ? readV2(dir, deviceName) : readV1(group, deviceName)
  const cores =
    version === 2
      ? (cpuCoresV2(dir, hostCpus) ?? cpuCoresV2(parent, hostCpus))
      : (cpuCoresV1(group.dir, hostCpus) ?? cpuCoresV1(group.parent, hostCpus))
  const { cpu, memory, pids } = reading
  if (cpu?.total === undefined && memory?.usage === undefined && pids?.threads === undefined) {
    throw new Error(`cgroup parsing failed, no data for containerID: ${group.id}`)
  }
  return { ...reading, cpu: { ...cpu, limitNanocores: (cores ?? hostCpus) * 1e9 } }
}
