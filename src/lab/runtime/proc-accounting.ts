import type { Accounting } from './accounting.ts'
import { processCounter, type ProcessCounts } from './count-processes.ts'
import { familyOf, readProcess, readProcessTable } from './process-table.ts'
import type { ProcessStat } from './process-table.ts'
import { readKernelFile } from './kernel-file.ts'
import type { UsageReading } from './types.ts'
import { emptyUsage } from './usage.ts'

const TICK_NANOSECONDS = 10_000_000
/** All containers of one scrape share one look at the process table. */
const TABLE_AGE_MS = 200

/** Counters only: what may never go down again. */
interface Counters {
  nanoseconds: number
  userTicks: number
  systemTicks: number
  minorFaults: number
  majorFaults: number
  readBytes: number
  writeBytes: number
  reads: number
  writes: number
}

interface Ledger {
  /** What processes had used that are gone and that no parent of the same container has waited for. */
  readonly ended: Counters
  readonly last: Map<number, { readonly parent: number; readonly counters: Counters }>
  maxUsage: number
}

/** Reads the processes' own counters in /proc. Limits cannot be set this way. */
export function procAccounting(): Accounting {
  const ledgers = new Map<string, Ledger>()
  const count = processCounter()
  let table: readonly ProcessStat[] = []
  let tableAt = 0
  const recentTable = (leaders: readonly number[]): readonly ProcessStat[] => {
    const unknown = leaders.some((leader) => !table.some(({ pid }) => pid === leader))
    if (unknown || Date.now() - tableAt > TABLE_AGE_MS) {
      table = readProcessTable()
      tableAt = Date.now()
    }
    return table
  }
  return {
    kind: 'proc',
    parents: [],
    open: () => [],
    processes: (_, leaders) =>
      leaders.length === 0 ? [] : familyOf(leaders, recentTable(leaders)).map((stat) => stat.pid),
    read(cgroupPath, pids) {
      const ledger = ledgers.get(cgroupPath) ?? newLedger()
      ledgers.set(cgroupPath, ledger)
      return readUsage(ledger, pids, count(pids))
    },
    close(cgroupPath) {
      ledgers.delete(cgroupPath)
      return Promise.resolve()
    },
    dispose: () => Promise.resolve(),
  }
}

function readUsage(ledger: Ledger, pids: readonly number[], counts: ProcessCounts): UsageReading {
  const alive = new Set(pids)
  const total = settle(ledger, alive)
  const memory = { rss: 0, anonymous: 0, file: 0, swap: 0 }
  for (const pid of pids) {
    const stat = readProcess(pid)
    if (!stat) continue
    const counters = countersOf(stat)
    ledger.last.set(pid, { parent: stat.parent, counters })
    add(total, counters)
    addMemory(memory, readKernelFile(`/proc/${pid}/status`) ?? '')
  }
  ledger.maxUsage = Math.max(ledger.maxUsage, memory.rss)
  return {
    ...emptyUsage(),
    cpuUsageNanoseconds: total.nanoseconds,
    cpuUserNanoseconds: total.userTicks * TICK_NANOSECONDS,
    cpuSystemNanoseconds: total.systemTicks * TICK_NANOSECONDS,
    memoryUsageBytes: memory.rss,
    memoryWorkingSetBytes: memory.rss,
    memoryRssBytes: memory.anonymous,
    memoryCacheBytes: memory.file,
    memorySwapBytes: memory.swap,
    memoryMappedFileBytes: memory.file,
    memoryMaxUsageBytes: ledger.maxUsage,
    pageFaults: total.minorFaults,
    majorPageFaults: total.majorFaults,
    ioReadBytes: total.readBytes,
    ioWriteBytes: total.writeBytes,
    ioReads: total.reads,
    ioWrites: total.writes,
    ...counts,
  }
}

/** Books what ended since the last reading; what a living parent has waited for is in the parent's counters. */
function settle(ledger: Ledger, alive: ReadonlySet<number>): Counters {
  for (const [pid, { parent, counters }] of ledger.last) {
    if (alive.has(pid)) continue
    ledger.last.delete(pid)
    if (!alive.has(parent)) add(ledger.ended, counters)
  }
  return { ...ledger.ended }
}

function countersOf(stat: ProcessStat): Counters {
  const io = readKernelFile(`/proc/${stat.pid}/io`) ?? ''
  const ioOf = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1] ?? 0)
  // Ticks are coarse: an idle program has none. The scheduler counts its first thread to the nanosecond.
  const exact = Number((readKernelFile(`/proc/${stat.pid}/schedstat`) ?? '0').split(' ')[0])
  return {
    nanoseconds: Math.max(exact, (stat.userTicks + stat.systemTicks) * TICK_NANOSECONDS),
    userTicks: stat.userTicks,
    systemTicks: stat.systemTicks,
    minorFaults: stat.minorFaults,
    majorFaults: stat.majorFaults,
    readBytes: ioOf('read_bytes'),
    writeBytes: ioOf('write_bytes'),
    reads: ioOf('syscr'),
    writes: ioOf('syscw'),
  }
}

function addMemory(
  sum: { rss: number; anonymous: number; file: number; swap: number },
  status: string,
): void {
  const of = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
  sum.rss += of('VmRSS')
  sum.anonymous += of('RssAnon')
  sum.file += of('RssFile') + of('RssShmem')
  sum.swap += of('VmSwap')
}

function add(sum: Counters, more: Counters): void {
  for (const key of Object.keys(sum) as (keyof Counters)[]) sum[key] += more[key]
}

function newLedger(): Ledger {
  const ended = {
    nanoseconds: 0,
    userTicks: 0,
    systemTicks: 0,
    minorFaults: 0,
    majorFaults: 0,
    readBytes: 0,
    writeBytes: 0,
    reads: 0,
    writes: 0,
  }
  return { ended, last: new Map(), maxUsage: 0 }
}
