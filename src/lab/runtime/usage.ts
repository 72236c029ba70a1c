import type { UsageReading } from './types.ts'

/** A reading of nothing. */
export function emptyUsage(at: number = Date.now()): UsageReading {
  return {
    at,
    cpuUsageNanoseconds: 0,
    cpuUserNanoseconds: 0,
    cpuSystemNanoseconds: 0,
    cfsPeriods: 0,
    cfsThrottledPeriods: 0,
    cfsThrottledNanoseconds: 0,
    memoryUsageBytes: 0,
    memoryWorkingSetBytes: 0,
    memoryRssBytes: 0,
    memoryCacheBytes: 0,
    memorySwapBytes: 0,
    memoryMappedFileBytes: 0,
    memoryMaxUsageBytes: 0,
    pageFaults: 0,
    majorPageFaults: 0,
    ioReadBytes: 0,
    ioWriteBytes: 0,
    ioReads: 0,
    ioWrites: 0,
    processes: 0,
    threads: 0,
    fileDescriptors: 0,
    sockets: 0,
    rootfsUsedBytes: 0,
    rootfsInodesUsed: 0,
  }
}
