import { readdirSync, readlinkSync } from 'node:fs'
import { processCounter, type ProcessCounts } from '../count-processes.ts'
import type { UsageReading } from '../types.ts'
import { emptyUsage } from '../usage.ts'
import { isRefusal, type EngineClient } from './client.ts'
import type { EngineContainer } from './engine-container.ts'

/** What of an engine's stats is read (API 1.41). */
interface EngineStats {
  readonly cpu_stats?: {
    readonly cpu_usage?: {
      readonly total_usage?: number
      readonly usage_in_kernelmode?: number
      readonly usage_in_usermode?: number
    }
    readonly throttling_data?: {
      readonly periods?: number
      readonly throttled_periods?: number
      readonly throttled_time?: number
    }
  }
  readonly memory_stats?: {
    readonly usage?: number
    readonly max_usage?: number
    readonly stats?: Readonly<Record<string, number>>
  }
  readonly pids_stats?: { readonly current?: number }
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly BlockEntry[] | null
    readonly io_serviced_recursive?: readonly BlockEntry[] | null
  }
}

interface BlockEntry {
  readonly op: string
  readonly value: number
}

/** Readings from the engine; open files from /proc, where the engine's processes are this machine's. */
export function engineUsage(client: EngineClient): (one: EngineContainer) => Promise<UsageReading> {
  const count = processCounter()
  const membersOf = pidSpaces()
  return async ({ id, pid, container }) => {
    if (container.phase !== 'running') return emptyUsage()
    try {
      const path = `/containers/${id}/stats?stream=0&one-shot=1`
      // Empty when it ends just now.
      const stats = ((await client.ask(path)) ?? {}) as EngineStats
      return {
        ...readingOf(stats),
        ...counted(stats, count(pid === undefined ? [] : membersOf(pid))),
      }
    } catch (error) {
      // It ended meanwhile.
      if (isRefusal(error, 404, 409)) return emptyUsage()
      throw error
    }
  }
}

function counted({ pids_stats }: EngineStats, seen: ProcessCounts): ProcessCounts {
  const tasks = pids_stats?.current ?? 0
  return { ...seen, processes: seen.processes || tasks, threads: tasks || seen.threads }
}

/** Docker's numbers in the lab's terms; both versions of cgroups name the same things differently. */
export function readingOf(stats: EngineStats): UsageReading {
  const { blkio_stats: block } = stats
  return {
    ...emptyUsage(),
    ...cpuOf(stats),
    ...memoryOf(stats),
    ioReadBytes: sumOf(block?.io_service_bytes_recursive, 'read'),
    ioWriteBytes: sumOf(block?.io_service_bytes_recursive, 'write'),
    ioReads: sumOf(block?.io_serviced_recursive, 'read'),
    ioWrites: sumOf(block?.io_serviced_recursive, 'write'),
  }
}

function cpuOf({ cpu_stats: cpu }: EngineStats): Partial<UsageReading> {
  const { total_usage, usage_in_usermode, usage_in_kernelmode } = cpu?.cpu_usage ?? {}
  const { periods, throttled_periods, throttled_time } = cpu?.throttling_data ?? {}
  return {
    cpuUsageNanoseconds: total_usage ?? 0,
    cpuUserNanoseconds: usage_in_usermode ?? 0,
    cpuSystemNanoseconds: usage_in_kernelmode ?? 0,
    cfsPeriods: periods ?? 0,
    cfsThrottledPeriods: throttled_periods ?? 0,
    cfsThrottledNanoseconds: throttled_time ?? 0,
  }
}

function memoryOf({ memory_stats: memory }: EngineStats): Partial<UsageReading> {
  const of = (...names: readonly string[]): number =>
    names.map((name) => memory?.stats?.[name]).find((value) => value !== undefined) ?? 0
  const usage = memory?.usage ?? 0
  return {
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - of('total_inactive_file', 'inactive_file')),
    memoryRssBytes: of('rss', 'anon'),
    memoryCacheBytes: of('cache', 'file'),
    memorySwapBytes: of('swap'),
    memoryMappedFileBytes: of('mapped_file', 'file_mapped'),
    memoryMaxUsageBytes: memory?.max_usage ?? 0,
    pageFaults: of('pgfault'),
    majorPageFaults: of('pgmajfault'),
  }
}

const sumOf = (entries: readonly BlockEntry[] | null | undefined, op: string): number =>
  (entries ?? []).reduce((sum, each) => sum + (each.op.toLowerCase() === op ? each.value : 0), 0)

/** The sum of readings: a pod's, or all pods'. */
export function sumUsage(readings: readonly UsageReading[]): UsageReading {
  const sum = { ...emptyUsage() } as Record<keyof UsageReading, number>
  for (const name of Object.keys(sum) as (keyof UsageReading)[]) {
    for (const reading of readings) sum[name] += reading[name]
  }
  return { ...sum, at: Date.now() }
}

const SHARED_MS = 250

/** The processes that share a pid namespace with one; all are looked at once for the readings of one scrape. */
function pidSpaces(): (pid: number) => readonly number[] {
  let known = new Map<string, number[]>()
  let since = 0
  return (pid) => {
    if (Date.now() - since > SHARED_MS) {
      known = new Map()
      for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
        const space = spaceOf(Number(name))
        if (space !== undefined) known.set(space, [...(known.get(space) ?? []), Number(name)])
      }
      since = Date.now()
    }
    const space = spaceOf(pid)
    const isOwn = space === undefined || space === spaceOf(process.pid)
    return isOwn ? [] : (known.get(space) ?? [])
  }
}

function spaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}
