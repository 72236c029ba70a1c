import type { Family, Sample } from './exposition.ts'
import type { CadvisorRow } from './cadvisor-rows.ts'
import type { DiskReading, InterfaceReading } from './machine.ts'

/** A family of cadvisor: the series that one row gives; none if the row has no such reading. */
interface Rule {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly of: (row: CadvisorRow, context: CadvisorContext) => readonly Series[]
  /** Settings carry no time. */
  readonly timeless?: true
}

interface Series {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
  readonly at?: number
}

export interface CadvisorContext {
  readonly now: number
  /** `/dev/vda`: where containers' files are. */
  readonly device: string
  readonly disk: DiskReading
  /** Are there cgroups that throttle? Else the cfs families are left out. */
  readonly throttles: boolean
}

const one = (value: number | undefined): Series[] => (value === undefined ? [] : [{ value }])
const seconds = (nanoseconds: number): number => nanoseconds / 1e9
const isProcess = (row: CadvisorRow): boolean => row.kind === 'container' || row.kind === 'sandbox'

const rule = (type: Rule['type'], name: string, help: string, of: Rule['of']): Rule => ({
  name,
  type,
  help,
  of,
})
const counter = (name: string, help: string, of: Rule['of']): Rule =>
  rule('counter', name, help, of)
const gauge = (name: string, help: string, of: Rule['of']): Rule => rule('gauge', name, help, of)
const setting = (
  name: string,
  help: string,
  of: (row: CadvisorRow) => number | undefined,
): Rule => ({
  ...gauge(name, help, (row) => one(of(row))),
  timeless: true,
})

const CPU: readonly Rule[] = [
  counter(
    'container_cpu_cfs_periods_total',
    'Number of elapsed enforcement period intervals.',
    (row, context) => cfs(row, context, row.usage.cfsPeriods),
  ),
  counter(
    'container_cpu_cfs_throttled_periods_total',
    'Number of throttled period intervals.',
    (row, context) => cfs(row, context, row.usage.cfsThrottledPeriods),
  ),
  counter(
    'container_cpu_cfs_throttled_seconds_total',
    'Total time duration the container has been throttled.',
    (row, context) => cfs(row, context, row.usage.cfsThrottledNanoseconds, seconds),
  ),
  // Every kubelet sends 0 here: it runs cadvisor without the reader of the load.
  gauge(
    'container_cpu_load_average_10s',
    'Value of container cpu load average over the last 10 seconds.',
    () => one(0),
  ),
  counter(
    'container_cpu_system_seconds_total',
    'Cumulative system cpu time consumed in seconds.',
    (row) => one(seconds(row.usage.cpuSystemNanoseconds)),
  ),
  counter(
    'container_cpu_usage_seconds_total',
    'Cumulative cpu time consumed in seconds.',
    (row) => [{ value: seconds(row.usage.cpuUsageNanoseconds), labels: { cpu: 'total' } }],
  ),
  counter(
    'container_cpu_user_seconds_total',
    'Cumulative user cpu time consumed in seconds.',
    (row) => one(seconds(row.usage.cpuUserNanoseconds)),
  ),
]

const MEMORY: readonly Rule[] = [
  gauge('container_memory_cache', 'Number of bytes of page cache memory.', (row) =>
    one(row.usage.memoryCacheBytes),
  ),
  counter(
    'container_memory_failures_total',
    'Cumulative count of memory allocation failures.',
    (row) => failures(row),
  ),
  gauge('container_memory_mapped_file', 'Size of memory mapped files in bytes.', (row) =>
    one(row.usage.memoryMappedFileBytes),
  ),
  gauge('container_memory_max_usage_bytes', 'Maximum memory usage recorded in bytes', (row) =>
    one(row.usage.memoryMaxUsageBytes),
  ),
  gauge('container_memory_rss', 'Size of RSS in bytes.', (row) => one(row.usage.memoryRssBytes)),
  gauge('container_memory_swap', 'Container swap usage in bytes.', (row) =>
    one(row.usage.memorySwapBytes),
  ),
  gauge(
    'container_memory_usage_bytes',
    'Current memory usage in bytes, including all memory regardless of when it was accessed',
    (row) => one(row.usage.memoryUsageBytes),
  ),
  gauge('container_memory_working_set_bytes', 'Current working set in bytes.', (row) =>
    one(row.usage.memoryWorkingSetBytes),
  ),
]

const DISK: readonly Rule[] = [
  gauge('container_fs_inodes_free', 'Number of available Inodes', (row, c) =>
    disk(row, c, c.disk.inodesFree),
  ),
  gauge('container_fs_inodes_total', 'Number of Inodes', (row, c) => disk(row, c, c.disk.inodes)),
  gauge(
    'container_fs_limit_bytes',
    'Number of bytes that can be consumed by the container on this filesystem.',
    (row, c) => disk(row, c, c.disk.capacityBytes),
  ),
  counter('container_fs_reads_bytes_total', 'Cumulative count of bytes read', (row, c) =>
    onDevice(c, row.usage.ioReadBytes),
  ),
  counter('container_fs_reads_total', 'Cumulative count of reads completed', (row, c) =>
    onDevice(c, row.usage.ioReads),
  ),
  gauge(
    'container_fs_usage_bytes',
    'Number of bytes that are consumed by the container on this filesystem.',
    (row, c) => disk(row, c, row.kind === 'root' ? c.disk.usedBytes : row.usage.rootfsUsedBytes),
  ),
  counter('container_fs_writes_bytes_total', 'Cumulative count of bytes written', (row, c) =>
    onDevice(c, row.usage.ioWriteBytes),
  ),
  counter('container_fs_writes_total', 'Cumulative count of writes completed', (row, c) =>
    onDevice(c, row.usage.ioWrites),
  ),
]

const network = (name: string, help: string, of: (reading: InterfaceReading) => number): Rule =>
  counter(`container_network_${name}_total`, `Cumulative count of ${help}`, (row) =>
    row.interfaces.map((reading) => ({ value: of(reading), labels: { interface: reading.name } })),
  )

const NETWORK: readonly Rule[] = [
  network('receive_bytes', 'bytes received', (reading) => reading.rxBytes),
  network('receive_errors', 'errors encountered while receiving', (reading) => reading.rxErrors),
  network(
    'receive_packets_dropped',
    'packets dropped while receiving',
    (reading) => reading.rxDropped,
  ),
  network('receive_packets', 'packets received', (reading) => reading.rxPackets),
  network('transmit_bytes', 'bytes transmitted', (reading) => reading.txBytes),
  network(
    'transmit_errors',
    'errors encountered while transmitting',
    (reading) => reading.txErrors,
  ),
  network(
    'transmit_packets_dropped',
    'packets dropped while transmitting',
    (reading) => reading.txDropped,
  ),
  network('transmit_packets', 'packets transmitted', (reading) => reading.txPackets),
]

const PROCESSES: readonly Rule[] = [
  gauge(
    'container_file_descriptors',
    'Number of open file descriptors for the container.',
    (row) => (isProcess(row) ? one(row.usage.fileDescriptors) : []),
  ),
  gauge(
    'container_last_seen',
    'Last time a container was seen by the exporter',
    (_row, { now }) => [{ value: Math.floor(now / 1000), at: now }],
  ),
  gauge('container_processes', 'Number of processes running inside the container.', (row) =>
    one(row.usage.processes),
  ),
  gauge('container_sockets', 'Number of open sockets for the container.', (row) =>
    isProcess(row) ? one(row.usage.sockets) : [],
  ),
  gauge('container_threads', 'Number of threads running inside the container', (row) =>
    one(row.usage.threads),
  ),
]

const CFS_PERIOD_US = 100_000
const DEFAULT_SHARES = 1024
const MIN_SHARES = 2

const SETTINGS: readonly Rule[] = [
  setting('container_spec_cpu_period', 'CPU period of the container.', (row) =>
    row.kind === 'slice' ? undefined : CFS_PERIOD_US,
  ),
  setting('container_spec_cpu_quota', 'CPU quota of the container.', ({ limits }) =>
    limits.cpuMillicores === undefined ? undefined : (limits.cpuMillicores * CFS_PERIOD_US) / 1000,
  ),
  setting('container_spec_cpu_shares', 'CPU share of the container.', shares),
  setting(
    'container_spec_memory_limit_bytes',
    'Memory limit for the container.',
    ({ limits }) => limits.memoryBytes ?? 0,
  ),
  setting(
    'container_spec_memory_reservation_limit_bytes',
    'Memory reservation limit for the container.',
    () => 0,
  ),
  setting(
    'container_spec_memory_swap_limit_bytes',
    'Memory swap limit for the container.',
    (row) => (row.kind === 'container' ? (row.limits.memoryBytes ?? 0) : 0),
  ),
  setting(
    'container_start_time_seconds',
    'Start time of the container since unix epoch in seconds.',
    ({ startedAt }) => (startedAt > 0 ? Math.floor(startedAt / 1000) : undefined),
  ),
]

const RULES: readonly Rule[] = [...CPU, ...MEMORY, ...DISK, ...NETWORK, ...PROCESSES, ...SETTINGS]

/** cadvisor's container families, names and help texts of 1.36, as far as the runtime's readings go. */
export function containerFamilies(
  rows: readonly CadvisorRow[],
  context: CadvisorContext,
): Family[] {
  return RULES.map(({ name, type, help, of, timeless }) => ({
    name,
    type,
    help,
    samples: rows.flatMap((row) =>
      of(row, context).map((series): Sample => ({
        value: series.value,
        labels: series.labels ? { ...row.labels, ...series.labels } : row.labels,
        at: timeless ? undefined : (series.at ?? row.at),
      })),
    ),
  }))
}

function cfs(
  row: CadvisorRow,
  context: CadvisorContext,
  value: number | undefined,
  unit = (n: number): number => n,
): Series[] {
  const limited =
    row.limits.cpuMillicores !== undefined && (row.kind === 'container' || row.kind === 'pod')
  return context.throttles && limited && value !== undefined ? [{ value: unit(value) }] : []
}

function failures({ usage }: CadvisorRow): Series[] {
  const kinds: [string, number][] = [
    ['pgfault', usage.pageFaults],
    ['pgmajfault', usage.majorPageFaults],
  ]
  return kinds.flatMap(([failure_type, value]) =>
    ['container', 'hierarchy'].map((scope) => ({ value, labels: { failure_type, scope } })),
  )
}

function disk(row: CadvisorRow, context: CadvisorContext, value: number | undefined): Series[] {
  return isProcess(row) || row.kind === 'root' ? onDevice(context, value) : []
}

function onDevice({ device }: CadvisorContext, value: number | undefined): Series[] {
  return value === undefined ? [] : [{ value, labels: { device } }]
}

/** A request of n millicores is n · 1024 / 1000 shares, at least two. */
function shares({ kind, requests }: CadvisorRow): number | undefined {
  if (kind === 'root') return DEFAULT_SHARES
  if (kind === 'slice') return undefined
  return Math.max(MIN_SHARES, Math.floor(((requests.cpuMillicores ?? 0) * DEFAULT_SHARES) / 1000))
}
