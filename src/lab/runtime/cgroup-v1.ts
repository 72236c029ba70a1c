import { join } from 'node:path'
import { SubletError, describeError } from '../../core/index.ts'
import type { Accounting, Resources } from './accounting.ts'
import type { Hierarchy } from './cgroup-mounts.ts'
import {
  makeCgroup,
  makeCgroups,
  parentName,
  processesIn,
  removeCgroupTree,
  tryRemove,
  tryWrite,
} from './cgroup-tree.ts'
import { processCounter, type ProcessCounts } from './count-processes.ts'
import { readKeyed, readNumber, readKernelFile } from './kernel-file.ts'
import type { UsageReading } from './types.ts'

const WANTED = ['memory', 'cpuacct', 'cpu', 'pids', 'blkio'] as const
type Controller = (typeof WANTED)[number]
type Parents = Partial<Record<Controller, string>>

const TICK_NANOSECONDS = 10_000_000
const PERIOD_MICROSECONDS = 100_000

/** Control groups of version 1. Throws when memory and cpuacct are not there or not ours to write. */
export function openCgroupV1(labId: string, hierarchies: readonly Hierarchy[]): Accounting {
  const parents = makeParents(labId, hierarchies)
  const dirs = [...new Set(Object.values(parents))]
  const count = processCounter()
  const at = (controller: Controller, path: string): string | undefined => {
    const parent = parents[controller]
    return parent === undefined ? undefined : join(parent, path)
  }
  const containerDirs = (path: string): string[] => dirs.map((dir) => join(dir, path))
  return {
    kind: 'cgroup-v1',
    parents: dirs,
    open(cgroupPath, limits, requests) {
      for (const parent of dirs) makeCgroups(parent, cgroupPath)
      applyLimits(at('cpu', cgroupPath), at('memory', cgroupPath), limits, requests)
      return containerDirs(cgroupPath)
    },
    processes: (cgroupPath) => processesIn(at('memory', cgroupPath) ?? ''),
    read: (cgroupPath, pids) => readUsage((controller) => at(controller, cgroupPath), count(pids)),
    async close(cgroupPath) {
      await Promise.all(containerDirs(cgroupPath).map((dir) => removeCgroupTree(dir)))
    },
    async dispose() {
      await Promise.all(dirs.map((dir) => removeCgroupTree(dir)))
    },
  }
}

/** The lab's own directory in each hierarchy; none is left when a needed one cannot be made. */
function makeParents(labId: string, hierarchies: readonly Hierarchy[]): Parents {
  const parents: Parents = {}
  const refusals: string[] = []
  for (const controller of WANTED) {
    const hierarchy = hierarchies.find(
      ({ version, controllers }) => version === 1 && controllers.includes(controller),
    )
    if (!hierarchy) continue
    const dir = join(hierarchy.ownDir, parentName(labId))
    try {
      makeCgroup(dir)
      parents[controller] = dir
    } catch (error) {
      refusals.push(describeError(error))
    }
  }
  if (parents.memory === undefined || parents.cpuacct === undefined) {
    for (const dir of Object.values(parents)) tryRemove(dir)
    const why = refusals[0] ?? 'no version 1 hierarchy with memory and cpuacct'
    throw new SubletError('E_NO_PERMISSION', why)
  }
  tryWrite(join(parents.memory, 'memory.use_hierarchy'), '1')
  return parents
}

function applyLimits(
  cpuDir: string | undefined,
  memoryDir: string | undefined,
  limits: Resources,
  requests: Resources,
): void {
  if (cpuDir !== undefined) {
    const share = requests.cpuMillicores ?? limits.cpuMillicores ?? 0
    tryWrite(join(cpuDir, 'cpu.shares'), String(cpuShares(share)))
    if (limits.cpuMillicores !== undefined) {
      const quota = Math.max(1000, (limits.cpuMillicores * PERIOD_MICROSECONDS) / 1000)
      tryWrite(join(cpuDir, 'cpu.cfs_period_us'), String(PERIOD_MICROSECONDS))
      tryWrite(join(cpuDir, 'cpu.cfs_quota_us'), String(quota))
    }
  }
  if (memoryDir !== undefined && limits.memoryBytes !== undefined) {
    tryWrite(join(memoryDir, 'memory.limit_in_bytes'), String(limits.memoryBytes))
  }
}

/** As the kubelet computes it (MilliCPUToShares): 1024 for a core, 2 at least. */
export function cpuShares(millicores: number): number {
  return Math.min(262_144, Math.max(2, Math.floor((millicores * 1024) / 1000)))
}

function readUsage(
  dir: (controller: Controller) => string | undefined,
  counts: ProcessCounts,
): UsageReading {
  const file = (controller: Controller, name: string): string => `${dir(controller) ?? ''}/${name}`
  const memory = readKeyed(file('memory', 'memory.stat'))
  const stat = (name: string): number => memory.get(`total_${name}`) ?? memory.get(name) ?? 0
  const usage = readNumber(file('memory', 'memory.usage_in_bytes'))
  const ticks = readKeyed(file('cpuacct', 'cpuacct.stat'))
  const throttling = readKeyed(file('cpu', 'cpu.stat'))
  const bytes = readBlockIo(file('blkio', 'blkio.throttle.io_service_bytes_recursive'))
  const operations = readBlockIo(file('blkio', 'blkio.throttle.io_serviced_recursive'))
  return {
    at: Date.now(),
    cpuUsageNanoseconds: readNumber(file('cpuacct', 'cpuacct.usage')),
    cpuUserNanoseconds: (ticks.get('user') ?? 0) * TICK_NANOSECONDS,
    cpuSystemNanoseconds: (ticks.get('system') ?? 0) * TICK_NANOSECONDS,
    cfsPeriods: throttling.get('nr_periods') ?? 0,
    cfsThrottledPeriods: throttling.get('nr_throttled') ?? 0,
    cfsThrottledNanoseconds: throttling.get('throttled_time') ?? 0,
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - stat('inactive_file')),
    memoryRssBytes: stat('rss'),
    memoryCacheBytes: stat('cache'),
    memorySwapBytes: stat('swap'),
    memoryMappedFileBytes: stat('mapped_file'),
    memoryMaxUsageBytes: readNumber(file('memory', 'memory.max_usage_in_bytes')),
    pageFaults: stat('pgfault'),
    majorPageFaults: stat('pgmajfault'),
    ioReadBytes: bytes.read,
    ioWriteBytes: bytes.write,
    ioReads: operations.read,
    ioWrites: operations.write,
    ...counts,
    rootfsUsedBytes: 0,
    rootfsInodesUsed: 0,
  }
}

/** Lines such as `253:0 Read 4096`, summed over the devices. */
function readBlockIo(path: string): { read: number; write: number } {
  const sum = { read: 0, write: 0 }
  for (const line of (readKernelFile(path) ?? '').split('\n')) {
    const [, operation, value] = line.split(' ')
    if (operation === 'Read') sum.read += Number(value)
    else if (operation === 'Write') sum.write += Number(value)
  }
  return sum
}
