import { availableParallelism } from 'node:os'
import type { DockerBlkioEntry, DockerInspect, DockerStats } from '../../docker/types.ts'
import { bounded, countCpus } from '../../cgroups/parse.ts'
import type { ContainerReading, InterfaceReading, IoReading } from './reading.ts'

type HostConfig = NonNullable<DockerInspect['HostConfig']>
type DeviceName = (major: number, minor: number) => string

/** Docker's stats as a reading (util/containers/metrics/docker). Cumulative counters are doubles: see aggregator/metric.ts. */
export function dockerReading(
  stats: DockerStats,
  host: HostConfig,
  deviceName: DeviceName,
): ContainerReading {
  const usage = stats.cpu_stats?.cpu_usage
  const throttling = stats.cpu_stats?.throttling_data
  return {
    cpu: {
      total: usage?.total_usage,
      user: usage?.usage_in_usermode,
      system: usage?.usage_in_kernelmode,
      throttledNanoseconds: throttling?.throttled_time,
      throttledPeriods: throttling?.throttled_periods,
      limitNanocores: cpuLimit(host, stats.cpu_stats?.online_cpus),
    },
    memory: memoryOf(stats, host),
    io: ioOf(stats, deviceName),
    pids: { threads: stats.pids_stats?.current, limit: bounded(stats.pids_stats?.limit) },
    network: { interfaces: interfacesOf(stats) },
  }
}

function memoryOf(stats: DockerStats, host: HostConfig): NonNullable<ContainerReading['memory']> {
  const memory = stats.memory_stats
  const detail = memory?.stats ?? {}
  // cgroup v1's name, then v2's.
  const either = (v1: string, v2: string): number | undefined => detail[v1] ?? detail[v2]
  const inactive = either('total_inactive_file', 'inactive_file')
  const usage = memory?.usage
  return {
    usage,
    kernel: kernelOf(detail),
    limit: host.Memory !== undefined && host.Memory > 0 ? host.Memory : bounded(memory?.limit),
    softLimit: bounded(host.MemoryReservation),
    rss: either('total_rss', 'anon'),
    cache: either('total_cache', 'file'),
    swap: either('total_swap', 'swap'),
    workingSet:
      usage === undefined || inactive === undefined ? undefined : Math.max(0, usage - inactive),
    oomEvents: memory?.failcnt,
    commit: memory?.commitbytes,
    commitPeak: memory?.commitpeakbytes,
  }
}

function kernelOf({
  kernel_stack: stack,
  slab,
}: Readonly<Record<string, number>>): number | undefined {
  return stack === undefined && slab === undefined ? undefined : (stack ?? 0) + (slab ?? 0)
}

/** The smallest of --cpus, the CPU set and quota / period; all of the host's processors when nothing is set. */
function cpuLimit(host: HostConfig, onlineCpus: number | undefined): number {
  const cores: number[] = []
  if (host.NanoCpus) cores.push(host.NanoCpus / 1e9)
  const set = countCpus(host.CpusetCpus)
  if (set !== undefined) cores.push(set)
  if (host.CpuQuota && host.CpuQuota > 0) cores.push(host.CpuQuota / (host.CpuPeriod || 100_000))
  const limit = cores.length > 0 ? Math.min(...cores) : onlineCpus || availableParallelism()
  return limit * 1e9
}

function ioOf(stats: DockerStats, deviceName: DeviceName): IoReading[] {
  const bytes = stats.blkio_stats?.io_service_bytes_recursive ?? []
  const operations = stats.blkio_stats?.io_serviced_recursive ?? []
  const devices = new Map<string, string>()
  for (const { major, minor } of [...bytes, ...operations]) {
    devices.set(`${major}:${minor}`, deviceName(major, minor))
  }
  return [...devices].map(([key, device]) => ({
    device,
    readBytes: valueOf(bytes, key, 'read'),
    readOperations: valueOf(operations, key, 'read'),
    writeBytes: valueOf(bytes, key, 'write'),
    writeOperations: valueOf(operations, key, 'write'),
  }))
}

const valueOf = (
  entries: readonly DockerBlkioEntry[],
  key: string,
  op: string,
): number | undefined =>
  entries.find((one) => `${one.major}:${one.minor}` === key && one.op.toLowerCase() === op)?.value

/** Where Docker lists no networks (pods of a network plugin) four zeros go out, without an interface. */
function interfacesOf(stats: DockerStats): InterfaceReading[] {
  const networks = Object.entries(stats.networks ?? {})
  if (networks.length === 0) {
    return [{ sentBytes: 0, sentPackets: 0, receivedBytes: 0, receivedPackets: 0 }]
  }
  return networks.map(([name, network]) => ({
    name,
    sentBytes: network.tx_bytes,
    sentPackets: network.tx_packets,
    receivedBytes: network.rx_bytes,
    receivedPackets: network.rx_packets,
  }))
}
