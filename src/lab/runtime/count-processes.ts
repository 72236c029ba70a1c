import { countFiles, readProcess } from './process-table.ts'
import type { UsageReading } from './types.ts'

/** The part of a reading that comes from /proc whether there are cgroups or not. */
export type ProcessCounts = Pick<
  UsageReading,
  'processes' | 'threads' | 'fileDescriptors' | 'sockets'
>

/** One scrape reads each process for its container, its pod and all pods: within this time it is looked at once. */
const SHARED_MS = 250

/** Counts processes, threads, open files and sockets. Looking at open files is the dearest part of a reading. */
export function processCounter(): (pids: readonly number[]) => ProcessCounts {
  const known = new Map<number, ProcessCounts>()
  let since = 0
  return (pids) => {
    if (Date.now() - since > SHARED_MS) {
      known.clear()
      since = Date.now()
    }
    const sum = { processes: 0, threads: 0, fileDescriptors: 0, sockets: 0 }
    for (const pid of pids) {
      const counts = known.get(pid) ?? countProcess(pid)
      known.set(pid, counts)
      sum.processes += counts.processes
      sum.threads += counts.threads
      sum.fileDescriptors += counts.fileDescriptors
      sum.sockets += counts.sockets
    }
    return sum
  }
}

function countProcess(pid: number): ProcessCounts {
  const stat = readProcess(pid)
  if (!stat) return { processes: 0, threads: 0, fileDescriptors: 0, sockets: 0 }
  return { processes: 1, threads: stat.threads, ...countFiles(pid) }
}
