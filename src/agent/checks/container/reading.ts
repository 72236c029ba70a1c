import type { CallType } from '../../aggregator/metric.ts'

/** One reading of one container, whatever gave it. What a source does not say is missing, and then not sent. */
export interface ContainerReading {
  readonly cpu?: {
    /** Cumulative nanoseconds. */
    readonly total?: number | undefined
    readonly user?: number | undefined
    readonly system?: number | undefined
    readonly throttledNanoseconds?: number | undefined
    readonly throttledPeriods?: number | undefined
    readonly limitNanocores?: number | undefined
    /** Nanoseconds that some task waited for a processor. */
    readonly partialStall?: number | undefined
  }
  /** Bytes. */
  readonly memory?: {
    readonly usage?: number | undefined
    readonly kernel?: number | undefined
    readonly limit?: number | undefined
    readonly softLimit?: number | undefined
    readonly rss?: number | undefined
    readonly cache?: number | undefined
    readonly swap?: number | undefined
    readonly workingSet?: number | undefined
    readonly oomEvents?: number | undefined
    readonly pageFaults?: number | undefined
    readonly majorPageFaults?: number | undefined
    /** The most that was used at a time. */
    readonly peak?: number | undefined
    /** Windows' commit charge, and the most of it. */
    readonly commit?: number | undefined
    readonly commitPeak?: number | undefined
    /** Nanoseconds that some task waited for memory. */
    readonly partialStall?: number | undefined
  }
  readonly io?: readonly IoReading[]
  /** Nanoseconds that some task waited for a disk. */
  readonly ioPartialStall?: number | undefined
  readonly pids?: {
    readonly threads?: number | undefined
    readonly limit?: number | undefined
    readonly openFiles?: number | undefined
  }
  readonly network?: NetworkReading
}

export interface IoReading {
  /** undefined: all devices together. */
  readonly device?: string
  readonly readBytes?: number | undefined
  readonly readOperations?: number | undefined
  readonly writeBytes?: number | undefined
  readonly writeOperations?: number | undefined
}

export interface NetworkReading {
  /** Containers with the same group share these interfaces: they are reported once. */
  readonly group?: string
  readonly interfaces: readonly InterfaceReading[]
}

export interface InterfaceReading {
  /** undefined: all interfaces together. */
  readonly name?: string
  readonly sentBytes?: number | undefined
  readonly sentPackets?: number | undefined
  readonly receivedBytes?: number | undefined
  readonly receivedPackets?: number | undefined
}

/** A metric, its sender call, and its value. */
export type Row<T> = readonly [metric: string, call: CallType, value: (of: T) => number | undefined]

/** Source: pkg/collector/corechecks/containers/generic/processor.go */
export const CONTAINER_ROWS: readonly Row<ContainerReading>[] = [
  ['container.cpu.usage', 'rate', (of) => of.cpu?.total],
  ['container.cpu.user', 'rate', (of) => of.cpu?.user],
  ['container.cpu.system', 'rate', (of) => of.cpu?.system],
  ['container.cpu.throttled', 'rate', (of) => of.cpu?.throttledNanoseconds],
  ['container.cpu.throttled.periods', 'rate', (of) => of.cpu?.throttledPeriods],
  ['container.cpu.partial_stall', 'rate', (of) => of.cpu?.partialStall],
  ['container.cpu.limit', 'gauge', (of) => of.cpu?.limitNanocores],
  ['container.memory.usage', 'gauge', (of) => of.memory?.usage],
  ['container.memory.kernel', 'gauge', (of) => of.memory?.kernel],
  ['container.memory.limit', 'gauge', (of) => of.memory?.limit],
  ['container.memory.soft_limit', 'gauge', (of) => of.memory?.softLimit],
  ['container.memory.rss', 'gauge', (of) => of.memory?.rss],
  ['container.memory.cache', 'gauge', (of) => of.memory?.cache],
  ['container.memory.swap', 'gauge', (of) => of.memory?.swap],
  ['container.memory.working_set', 'gauge', (of) => of.memory?.workingSet],
  ['container.memory.commit', 'gauge', (of) => of.memory?.commit],
  ['container.memory.commit.peak', 'gauge', (of) => of.memory?.commitPeak],
  ['container.memory.usage.peak', 'gauge', (of) => of.memory?.peak],
  ['container.memory.oom_events', 'gauge', (of) => of.memory?.oomEvents],
  ['container.memory.partial_stall', 'rate', (of) => of.memory?.partialStall],
  ['container.memory.page_faults', 'monotonic_count', (of) => of.memory?.pageFaults],
  ['container.memory.major_page_faults', 'monotonic_count', (of) => of.memory?.majorPageFaults],
  ['container.io.partial_stall', 'rate', (of) => of.ioPartialStall],
  ['container.pid.thread_count', 'gauge', (of) => of.pids?.threads],
  ['container.pid.thread_limit', 'gauge', (of) => of.pids?.limit],
  ['container.pid.open_files', 'gauge', (of) => of.pids?.openFiles],
]

export const IO_ROWS: readonly Row<IoReading>[] = [
  ['container.io.read', 'rate', (of) => of.readBytes],
  ['container.io.read.operations', 'rate', (of) => of.readOperations],
  ['container.io.write', 'rate', (of) => of.writeBytes],
  ['container.io.write.operations', 'rate', (of) => of.writeOperations],
]

export const NETWORK_ROWS: readonly Row<InterfaceReading>[] = [
  ['container.net.sent', 'rate', (of) => of.sentBytes],
  ['container.net.sent.packets', 'rate', (of) => of.sentPackets],
  ['container.net.rcvd', 'rate', (of) => of.receivedBytes],
  ['container.net.rcvd.packets', 'rate', (of) => of.receivedPackets],
]
