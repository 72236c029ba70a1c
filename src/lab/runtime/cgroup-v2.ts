import { rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SubletError } from '../../core/index.ts'
import type { Accounting, Resources } from './accounting.ts'
import type { Hierarchy } from './cgroup-mounts.ts'
import {
  makeCgroup,
  parentName,
  pathsDownTo,
  processesIn,
  removeCgroupTree,
  tryWrite,
} from './cgroup-tree.ts'
import { cpuShares } from './cgroup-v1.ts'
import { processCounter, type ProcessCounts } from './count-processes.ts'
import { readKeyed, readNumber, readKernelFile } from './kernel-file.ts'
import type { UsageReading } from './types.ts'

const NEEDED = ['cpu', 'memory']
const WANTED = ['cpu', 'memory', 'pids', 'io']
const PERIOD_MICROSECONDS = 100_000

/**
 * Control groups of version 2. A cgroup that holds processes cannot hand controllers to its children, and the lab's own
 * holds the lab: so the nearest cgroup at or above it that may be written and hands out cpu and memory is taken.
 * Throws when there is none (no delegation).
 */
export function openCgroupV2(labId: string, hierarchies: readonly Hierarchy[]): Accounting {
  const hierarchy = hierarchies.find(({ version }) => version === 2)
  if (!hierarchy) throw new SubletError('E_NO_PERMISSION', 'no version 2 hierarchy')
  const parent = makeParent(hierarchy, parentName(labId))
  handOut(parent)
  const count = processCounter()
  return {
    kind: 'cgroup-v2',
    parents: [parent],
    open(cgroupPath, limits, requests) {
      const dirs = pathsDownTo(parent, cgroupPath)
      for (const [index, dir] of dirs.entries()) {
        makeCgroup(dir)
        if (index < dirs.length - 1) handOut(dir)
      }
      const own = join(parent, cgroupPath)
      applyLimits(own, limits, requests)
      return [own]
    },
    processes: (cgroupPath) => processesIn(join(parent, cgroupPath)),
    read: (cgroupPath, pids) => readUsageV2(join(parent, cgroupPath), count(pids)),
    async close(cgroupPath) {
      await removeCgroupTree(join(parent, cgroupPath))
    },
    async dispose() {
      await removeCgroupTree(parent)
    },
  }
}

function makeParent(hierarchy: Hierarchy, name: string): string {
  for (let dir = hierarchy.ownDir; ; dir = dirname(dir)) {
    const made = tryParent(dir, name)
    if (made !== undefined) return made
    if (dir === hierarchy.mountPoint || dir === '/') break
  }
  throw new SubletError(
    'E_NO_PERMISSION',
    'no version 2 cgroup that may be written and hands out cpu and memory',
  )
}

function tryParent(dir: string, name: string): string | undefined {
  const handed = handOut(dir)
  if (!NEEDED.every((controller) => handed.includes(controller))) return undefined
  const parent = join(dir, name)
  try {
    makeCgroup(parent)
  } catch {
    return undefined
  }
  // A process that writes its own pid needs write permission here and at the common ancestor.
  if (tryWrite(join(dir, 'cgroup.procs'), '')) return parent
  rmdirSync(parent)
  return undefined
}

/** Hands the wanted controllers to the cgroups below, one by one: not all need be there. */
function handOut(dir: string): readonly string[] {
  const file = join(dir, 'cgroup.subtree_control')
  const handed = (): string[] => (readKernelFile(file) ?? '').trim().split(' ')
  const already = handed()
  for (const controller of WANTED) {
    if (!already.includes(controller)) tryWrite(file, `+${controller}`)
  }
  return handed()
}

function applyLimits(dir: string, limits: Resources, requests: Resources): void {
  const shares = cpuShares(requests.cpuMillicores ?? limits.cpuMillicores ?? 0)
  tryWrite(join(dir, 'cpu.weight'), String(1 + Math.floor(((shares - 2) * 9999) / 262_142)))
  if (limits.cpuMillicores !== undefined) {
    const quota = Math.max(1000, (limits.cpuMillicores * PERIOD_MICROSECONDS) / 1000)
    tryWrite(join(dir, 'cpu.max'), `${quota} ${PERIOD_MICROSECONDS}`)
  }
  if (limits.memoryBytes !== undefined) {
    tryWrite(join(dir, 'memory.max'), String(limits.memoryBytes))
  }
}

/** One reading of a version 2 cgroup; the names follow runc's mapping onto those of version 1. */
export function readUsageV2(dir: string, counts: ProcessCounts): UsageReading {
  const cpu = readKeyed(join(dir, 'cpu.stat'))
  const memory = readKeyed(join(dir, 'memory.stat'))
  const cpuOf = (name: string): number => cpu.get(name) ?? 0
  const memoryOf = (name: string): number => memory.get(name) ?? 0
  const usage = readNumber(join(dir, 'memory.current'))
  return {
    at: Date.now(),
    cpuUsageNanoseconds: cpuOf('usage_usec') * 1000,
    cpuUserNanoseconds: cpuOf('user_usec') * 1000,
    cpuSystemNanoseconds: cpuOf('system_usec') * 1000,
    cfsPeriods: cpuOf('nr_periods'),
    cfsThrottledPeriods: cpuOf('nr_throttled'),
    cfsThrottledNanoseconds: cpuOf('throttled_usec') * 1000,
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - memoryOf('inactive_file')),
    memoryRssBytes: memoryOf('anon'),
    memoryCacheBytes: memoryOf('file'),
    memorySwapBytes: readNumber(join(dir, 'memory.swap.current')),
    memoryMappedFileBytes: memoryOf('file_mapped'),
    memoryMaxUsageBytes: readNumber(join(dir, 'memory.peak')),
    pageFaults: memoryOf('pgfault'),
    majorPageFaults: memoryOf('pgmajfault'),
    ...readIo(join(dir, 'io.stat')),
    ...counts,
    rootfsUsedBytes: 0,
    rootfsInodesUsed: 0,
  }
}

/** Lines such as `253:0 rbytes=4096 wbytes=0 rios=1 wios=0 …`, summed over the devices. */
function readIo(
  path: string,
): Pick<UsageReading, 'ioReadBytes' | 'ioWriteBytes' | 'ioReads' | 'ioWrites'> {
  const text = readKernelFile(path) ?? ''
  const sum = (key: string): number => {
    const values = text.matchAll(new RegExp(` ${key}=(\\d+)`, 'g'))
    return [...values].reduce((total, [, value]) => total + Number(value), 0)
  }
  return {
    ioReadBytes: sum('rbytes'),
    ioWriteBytes: sum('wbytes'),
    ioReads: sum('rios'),
    ioWrites: sum('wios'),
  }
}
