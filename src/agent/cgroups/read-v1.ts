import { join } from 'node:path'
import { readSmall } from '../../core/index.ts'
import type { ContainerReading, IoReading } from '../checks/container/reading.ts'
import type { Group } from './group-index.ts'
import type { Controller } from './hierarchies.ts'
import { bounded, coresOf, countCpus, parseBlkio, parseKeyed, parseNumber } from './parse.ts'

/** cpuacct.stat counts in ticks of 10 ms. */
const TICK_NANOSECONDS = 10_000_000

type DeviceName = (device: string) => string

const reader =
  (dir: string | undefined) =>
  (file: string): string | undefined =>
    dir === undefined ? undefined : readSmall(join(dir, file))

/** Cores, by where the group's files are; its own or its parent's. */
export type CpuLimitDirs = (controller: Controller) => string | undefined

/** The smaller of quota / period and the CPU set, if that is smaller than the machine. Cores. */
export function cpuCoresV1(dirs: CpuLimitDirs, hostCpus: number): number | undefined {
  const cpu = reader(dirs('cpu'))
  const quota = coresOf(parseNumber(cpu('cpu.cfs_quota_us')), parseNumber(cpu('cpu.cfs_period_us')))
  const set = countCpus(reader(dirs('cpuset'))('cpuset.cpus'))
  const cores = [quota, set === hostCpus ? undefined : set].filter((one) => one !== undefined)
  return cores.length === 0 ? undefined : Math.min(...cores)
}

/** Version 1's files of one container, but for the CPU's limit. Source: pkg/util/cgroups, metrics/system */
export function readV1(group: Group, deviceName: DeviceName): ContainerReading {
  const account = reader(group.dir('cpuacct'))
  const ticks = parseKeyed(account('cpuacct.stat'))
  const nanoseconds = (key: string): number | undefined => scaled(ticks.get(key), TICK_NANOSECONDS)
  const throttling = parseKeyed(reader(group.dir('cpu'))('cpu.stat'))
  const pids = reader(group.dir('pids'))
  return {
    cpu: {
      total: parseNumber(account('cpuacct.usage')),
      user: nanoseconds('user'),
      system: nanoseconds('system'),
      throttledNanoseconds: throttling.get('throttled_time'),
      throttledPeriods: throttling.get('nr_throttled'),
    },
    memory: memoryOf(reader(group.dir('memory'))),
    io: ioOf(reader(group.dir('blkio')), deviceName),
    pids: {
      threads: parseNumber(pids('pids.current')),
      limit: bounded(parseNumber(pids('pids.max'))),
    },
  }
}

export const scaled = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor

function memoryOf(read: ReturnType<typeof reader>): NonNullable<ContainerReading['memory']> {
  const stat = parseKeyed(read('memory.stat'))
  const usage = parseNumber(read('memory.usage_in_bytes'))
  const limit =
    bounded(stat.get('hierarchical_memory_limit')) ??
    bounded(parseNumber(read('memory.limit_in_bytes')))
  return {
    usage,
    kernel: parseNumber(read('memory.kmem.usage_in_bytes')),
    limit,
    softLimit: bounded(parseNumber(read('memory.soft_limit_in_bytes'))),
    rss: stat.get('total_rss'),
    cache: stat.get('total_cache'),
    swap: stat.get('total_swap'),
    workingSet: workingSet(usage, stat.get('total_inactive_file')),
    peak: parseNumber(read('memory.max_usage_in_bytes')),
    oomEvents: parseNumber(read('memory.failcnt')),
    pageFaults: stat.get('total_pgfault'),
    majorPageFaults: stat.get('total_pgmajfault'),
  }
}

/** Memory that cannot be given back at once. */
export const workingSet = (
  usage: number | undefined,
  inactiveFile: number | undefined,
): number | undefined =>
  usage === undefined || inactiveFile === undefined ? undefined : Math.max(0, usage - inactiveFile)

/** Schedulers that account recursively have the first name, the throttle policy has the second always. */
const IO_FILES = {
  bytes: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes'],
  operations: ['blkio.throttle.io_serviced_recursive', 'blkio.throttle.io_serviced'],
} as const

function ioOf(read: ReturnType<typeof reader>, deviceName: DeviceName): IoReading[] {
  const [bytes, operations] = [IO_FILES.bytes, IO_FILES.operations].map((files) =>
    parseBlkio(files.map(read).find((text) => text !== undefined)),
  )
  const devices = new Set([...(bytes?.keys() ?? []), ...(operations?.keys() ?? [])])
  return [...devices].map((device) => ({
    device: deviceName(device),
    readBytes: bytes?.get(device)?.get('read'),
    readOperations: operations?.get(device)?.get('read'),
    writeBytes: bytes?.get(device)?.get('write'),
    writeOperations: operations?.get(device)?.get('write'),
  }))
}
