/** stats.k8s.io/v1alpha1 Summary, as `/stats/summary` sends it. A missing field is missing, not zero. */

export interface CpuStats {
  time: string
  usageNanoCores?: number
  /** Cumulative; passes 2^53 on a big node: compute from differences, forward as text. */
  usageCoreNanoSeconds?: number
}

export interface MemoryStats {
  time: string
  availableBytes?: number
  usageBytes?: number
  workingSetBytes?: number
  rssBytes?: number
  pageFaults?: number
  majorPageFaults?: number
}

export interface FsStats {
  time: string
  availableBytes?: number
  capacityBytes?: number
  usedBytes?: number
  inodesFree?: number
  inodes?: number
  inodesUsed?: number
}

export interface InterfaceStats {
  name: string
  rxBytes?: number
  rxErrors?: number
  txBytes?: number
  txErrors?: number
}

export interface NetworkStats extends InterfaceStats {
  time: string
  interfaces?: InterfaceStats[]
}

export interface SwapStats {
  time: string
  swapAvailableBytes?: number
  swapUsageBytes?: number
}

export interface ContainerStats {
  name: string
  startTime: string
  cpu?: CpuStats
  memory?: MemoryStats
  rootfs?: FsStats
  logs?: FsStats
  swap?: SwapStats
}

export interface VolumeStats extends FsStats {
  name: string
  pvcRef?: { name: string; namespace: string }
}

export interface PodStats {
  podRef: { name: string; namespace: string; uid: string }
  startTime: string
  containers: ContainerStats[]
  cpu?: CpuStats
  memory?: MemoryStats
  network?: NetworkStats
  volume?: VolumeStats[]
  'ephemeral-storage'?: FsStats
  process_stats?: { process_count: number }
  swap?: SwapStats
}

export interface NodeStats {
  nodeName: string
  systemContainers?: ContainerStats[]
  startTime: string
  cpu?: CpuStats
  memory?: MemoryStats
  network?: NetworkStats
  fs?: FsStats
  runtime?: { imageFs?: FsStats; containerFs?: FsStats }
  rlimit?: { time: string; maxpid?: number; curproc?: number }
  swap?: SwapStats
}

export interface Summary {
  node: NodeStats
  pods: PodStats[]
}
