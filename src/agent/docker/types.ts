/** The Docker Engine's answers, as far as the agent reads them (API 1.24 and later). All may be missing. */

export interface DockerInfo {
  readonly Name?: string
}

export interface DockerContainer {
  readonly Id: string
  readonly Names?: readonly string[] | null
  readonly Image?: string
  readonly ImageID?: string
  /** Seconds since 1970. */
  readonly Created?: number
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly HostConfig?: { readonly NetworkMode?: string }
}

export interface DockerImage {
  readonly Id: string
  readonly RepoTags?: readonly string[] | null
  readonly RepoDigests?: readonly string[] | null
}

export interface DockerInspect {
  readonly Name?: string
  readonly RestartCount?: number
  readonly Image?: string
  readonly State?: { readonly StartedAt?: string }
  readonly Config?: { readonly Image?: string }
  readonly HostConfig?: {
    readonly Memory?: number
    readonly MemoryReservation?: number
    readonly NanoCpus?: number
    readonly CpuQuota?: number
    readonly CpuPeriod?: number
    readonly CpusetCpus?: string
    readonly NetworkMode?: string
  }
}

export interface DockerBlkioEntry {
  readonly major: number
  readonly minor: number
  readonly op: string
  readonly value: number
}

export interface DockerNetwork {
  readonly rx_bytes?: number
  readonly rx_packets?: number
  readonly tx_bytes?: number
  readonly tx_packets?: number
}

export interface DockerStats {
  readonly cpu_stats?: {
    readonly cpu_usage?: {
      readonly total_usage?: number
      readonly usage_in_usermode?: number
      readonly usage_in_kernelmode?: number
    }
    readonly online_cpus?: number
    readonly throttling_data?: {
      readonly throttled_periods?: number
      readonly throttled_time?: number
    }
  }
  readonly memory_stats?: {
    readonly usage?: number
    readonly limit?: number
    readonly failcnt?: number
    readonly commitbytes?: number
    readonly commitpeakbytes?: number
    readonly stats?: Readonly<Record<string, number>> | null
  }
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly DockerBlkioEntry[] | null
    readonly io_serviced_recursive?: readonly DockerBlkioEntry[] | null
  }
  readonly pids_stats?: { readonly current?: number; readonly limit?: number }
  readonly networks?: Readonly<Record<string, DockerNetwork>> | null
}
