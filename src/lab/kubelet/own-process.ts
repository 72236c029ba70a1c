import { readFile, readdir } from 'node:fs/promises'
import type { Clock } from '../../core/index.ts'

/** What the process that the kubelet runs in uses; units in the names. */
export interface OwnProcess {
  readonly at: number
  readonly cpuNanoseconds: number
  readonly cpuNanocores: number | undefined
  readonly residentBytes: number
  readonly anonymousBytes: number
  readonly virtualBytes: number
  readonly threads: number
  readonly openFiles: number
  readonly maxFiles: number
  readonly pageFaults: number
  readonly majorPageFaults: number
  /** Timers, sockets and requests in flight: Node's counterpart of goroutines. */
  readonly activeResources: number
}

const MIN_RATE_MS = 900

export function createOwnProcessReader(clock: Clock): () => Promise<OwnProcess> {
  let before: { at: number; cpu: number } | undefined
  let rate: number | undefined
  return async () => {
    const [status, limits, files] = await Promise.all([
      readFile('/proc/self/status', 'utf8').catch(() => ''),
      readFile('/proc/self/limits', 'utf8').catch(() => ''),
      readdir('/proc/self/fd').catch(() => []),
    ])
    const kilobytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
    const { user, system } = process.cpuUsage()
    const { minorPageFault, majorPageFault } = process.resourceUsage()
    const at = clock.now()
    const cpu = (user + system) * 1000
    if (!before || at - before.at >= MIN_RATE_MS) {
      if (before) rate = Math.round(((cpu - before.cpu) / (at - before.at)) * 1000)
      before = { at, cpu }
    }
    return {
      at,
      cpuNanoseconds: cpu,
      cpuNanocores: rate,
      residentBytes: kilobytes('VmRSS'),
      anonymousBytes: kilobytes('RssAnon'),
      virtualBytes: kilobytes('VmSize'),
      threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
      openFiles: files.length,
      maxFiles: Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0),
      pageFaults: minorPageFault + majorPageFault,
      majorPageFaults: majorPageFault,
      activeResources: process.getActiveResourcesInfo().length,
    }
  }
}
