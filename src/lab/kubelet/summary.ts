import { rfc3339 } from '../../core/index.ts'
import type {
  ContainerStats,
  CpuStats,
  FsStats,
  MemoryStats,
  NetworkStats,
  PodStats,
  Summary,
  SwapStats,
  VolumeStats,
} from '../../kubelet/index.ts'
import type { UsageReading } from '../runtime/types.ts'
import type { DiskReading, InterfaceReading, MachineFacts } from './machine.ts'
import type { ContainerReading, FileUsage, NodeReading, PodReading } from './readings.ts'
import type { OwnProcess } from './own-process.ts'

export interface SummaryOptions {
  readonly nodeName: string
  readonly reading: NodeReading
  readonly facts: MachineFacts
  readonly own: OwnProcess
  readonly startedAt: number
  readonly now: number
  readonly onlyCpuAndMemory: boolean
}

/** `/stats/summary` of one reading. What was not measured is left out. */
export function summaryOf(options: SummaryOptions): Summary {
  const { reading, facts, onlyCpuAndMemory: brief, now } = options
  const { machine, disk } = reading
  const time = rfc3339(machine.at)
  const files = fsStats(disk, disk.usedBytes, disk.inodesUsed, machine.at)
  const containerFs = containersOnDisk(reading)
  return {
    node: {
      nodeName: options.nodeName,
      systemContainers: [podsStats(options), kubeletStats(options)],
      startTime: rfc3339(facts.bootedAt),
      cpu: cpuStats(machine.at, machine.cpuNanoseconds, reading.rate('')),
      memory: {
        time,
        availableBytes: facts.memoryBytes - machine.memoryWorkingSetBytes,
        usageBytes: machine.memoryUsageBytes,
        workingSetBytes: machine.memoryWorkingSetBytes,
        rssBytes: machine.memoryRssBytes,
        pageFaults: machine.pageFaults,
        majorPageFaults: machine.majorPageFaults,
      },
      ...(brief ? {} : { ...network(machine.interfaces, machine.at), fs: files }),
      ...(brief
        ? {}
        : {
            runtime: {
              imageFs: fsStats(disk, containerFs.bytes, containerFs.inodes, machine.at),
              containerFs: fsStats(disk, containerFs.bytes, containerFs.inodes, machine.at),
            },
          }),
      ...(brief
        ? {}
        : { rlimit: { time: rfc3339(now), maxpid: machine.maxPid, curproc: machine.processes } }),
      swap: {
        time,
        swapAvailableBytes: machine.swapFreeBytes,
        swapUsageBytes: machine.swapUsedBytes,
      },
    },
    pods: reading.pods.map((pod) => podStats(pod, reading, brief)),
  }
}

/** In the lab the kubelet shares its process with the host's API server and runtime: this is what that process uses. */
function kubeletStats({ own, startedAt }: SummaryOptions): ContainerStats {
  const time = rfc3339(own.at)
  return {
    name: 'kubelet',
    startTime: rfc3339(startedAt),
    cpu: cpuStats(own.at, own.cpuNanoseconds, own.cpuNanocores),
    memory: {
      time,
      usageBytes: own.residentBytes,
      workingSetBytes: own.residentBytes,
      rssBytes: own.anonymousBytes,
      pageFaults: own.pageFaults,
      majorPageFaults: own.majorPageFaults,
    },
  }
}

function podsStats({ reading, facts, startedAt }: SummaryOptions): ContainerStats {
  const { allPods } = reading
  return {
    name: 'pods',
    startTime: rfc3339(startedAt),
    cpu: cpuStats(allPods.at, allPods.cpuUsageNanoseconds, reading.rate('/kubepods')),
    memory: memoryStats(allPods, facts.memoryBytes),
    swap: swapStats(allPods),
  }
}

function podStats(pod: PodReading, reading: NodeReading, brief: boolean): PodStats {
  const { metadata, spec } = pod.pod
  const uid = metadata.uid ?? ''
  const limits = spec.containers.map(
    (c) => pod.containers.find((r) => r.record.spec.name === c.name)?.info.limits.memoryBytes,
  )
  const limit = limits.every((value) => value !== undefined)
    ? limits.reduce((sum, value) => sum + value, 0)
    : undefined
  const volumes = pod.volumes.map(({ volume, bytes, inodes, at }): VolumeStats => {
    const claim =
      volume.claim === undefined
        ? {}
        : { pvcRef: { name: volume.claim, namespace: metadata.namespace ?? '' } }
    return { ...fsStats(reading.disk, bytes, inodes, at), name: volume.name, ...claim }
  })
  return {
    podRef: { name: metadata.name ?? '', namespace: metadata.namespace ?? '', uid },
    startTime: rfc3339(pod.sandbox.startedAt ?? pod.sandbox.createdAt),
    containers: pod.containers.map((container) => containerStats(container, reading, brief)),
    cpu: cpuStats(pod.usage.at, pod.usage.cpuUsageNanoseconds, reading.rate(uid)),
    memory: memoryStats(pod.usage, limit),
    ...(brief ? {} : network(pod.interfaces, pod.usage.at)),
    ...(brief ? {} : { volume: volumes }),
    ...(brief ? {} : { 'ephemeral-storage': ephemeral(pod, reading.disk) }),
    ...(brief ? {} : { process_stats: { process_count: pod.usage.processes } }),
    swap: swapStats(pod.usage),
  }
}

function containerStats(
  { record, info, usage, logs }: ContainerReading,
  reading: NodeReading,
  brief: boolean,
): ContainerStats {
  const { disk } = reading
  return {
    name: record.spec.name,
    startTime: rfc3339(info.startedAt ?? info.createdAt),
    cpu: cpuStats(usage.at, usage.cpuUsageNanoseconds, reading.rate(info.id)),
    memory: memoryStats(usage, info.limits.memoryBytes),
    ...(brief
      ? {}
      : { rootfs: fsStats(disk, usage.rootfsUsedBytes, usage.rootfsInodesUsed, usage.at) }),
    ...(brief ? {} : { logs: fsStats(disk, logs.bytes, logs.inodes, usage.at) }),
    swap: swapStats(usage),
  }
}

function cpuStats(at: number, nanoseconds: number, rate: number | undefined): CpuStats {
  return {
    time: rfc3339(at),
    ...(rate === undefined ? {} : { usageNanoCores: rate }),
    usageCoreNanoSeconds: Math.round(nanoseconds),
  }
}

function memoryStats(usage: UsageReading, limit: number | undefined): MemoryStats {
  const available =
    limit === undefined ? {} : { availableBytes: Math.max(0, limit - usage.memoryWorkingSetBytes) }
  return {
    time: rfc3339(usage.at),
    ...available,
    usageBytes: usage.memoryUsageBytes,
    workingSetBytes: usage.memoryWorkingSetBytes,
    rssBytes: usage.memoryRssBytes,
    pageFaults: usage.pageFaults,
    majorPageFaults: usage.majorPageFaults,
  }
}

function swapStats(usage: UsageReading): SwapStats {
  return { time: rfc3339(usage.at), swapUsageBytes: usage.memorySwapBytes }
}

function fsStats(disk: DiskReading, usedBytes: number, inodesUsed: number, at: number): FsStats {
  return {
    time: rfc3339(at),
    availableBytes: disk.availableBytes,
    capacityBytes: disk.capacityBytes,
    usedBytes,
    inodesFree: disk.inodesFree,
    inodes: disk.inodes,
    inodesUsed,
  }
}

/** The kubelet's default interface is eth0; its counters are repeated at the top. */
function network(interfaces: readonly InterfaceReading[], at: number): { network?: NetworkStats } {
  if (interfaces.length === 0) return {}
  const stats = interfaces.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({
    name,
    rxBytes,
    rxErrors,
    txBytes,
    txErrors,
  }))
  const main = stats.find(({ name }) => name === 'eth0') ?? stats[0]
  return main ? { network: { time: rfc3339(at), ...main, interfaces: stats } } : {}
}

function ephemeral(pod: PodReading, disk: DiskReading): FsStats {
  const own: FileUsage[] = [
    ...pod.containers.flatMap(({ usage, logs }) => [
      { bytes: usage.rootfsUsedBytes, inodes: usage.rootfsInodesUsed },
      logs,
    ]),
    ...pod.volumes.filter(({ volume }) => volume.claim === undefined),
  ]
  const total = (of: (usage: FileUsage) => number): number =>
    own.reduce((sum, usage) => sum + of(usage), 0)
  return fsStats(
    disk,
    total((u) => u.bytes),
    total((u) => u.inodes),
    pod.usage.at,
  )
}

function containersOnDisk(reading: NodeReading): FileUsage {
  const all = reading.pods.flatMap((pod) => [
    pod.sandboxUsage,
    ...pod.containers.map(({ usage }) => usage),
  ])
  return {
    bytes: all.reduce((sum, usage) => sum + usage.rootfsUsedBytes, 0),
    inodes: all.reduce((sum, usage) => sum + usage.rootfsInodesUsed, 0),
  }
}
