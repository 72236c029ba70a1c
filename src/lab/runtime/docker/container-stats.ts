import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { nanoTime } from '../cri-log.ts'
import type { ContainerInfo, ContainerRuntime, UsageReading } from '../types.ts'
import { emptyUsage } from '../usage.ts'
import { sendJson, startStream } from './answers.ts'
import { isTrue } from './container-list.ts'
import { hostFacts, systemCpuNanoseconds } from './host-facts.ts'
import { MAX_UNREAD_BYTES, STATS_INTERVAL_MS, STATS_MEMORY_MS } from './limits.ts'

/** A reading, and the machine's own CPU counter of the same moment. */
export interface Sample {
  readonly usage: UsageReading
  readonly systemCpu: number
}

export interface StatsSource {
  /** Serves `GET /containers/{id}/stats`: a stream, or one answer with `stream=0`; `one-shot=1` does not wait for a second reading. */
  serve(container: ContainerInfo, query: URLSearchParams, response: ServerResponse): Promise<void>
  close(): void
}

/** Remembers each container's last reading: CPU shares are the difference of two. */
export function statsSource(runtime: ContainerRuntime): StatsSource {
  const last = new Map<string, Sample>()
  const stopListening = runtime.onEvent(({ type, container }) => {
    if (type === 'die' || type === 'destroy') last.delete(container.id)
  })
  const read = async (id: string): Promise<Sample | undefined> => {
    if (runtime.get(id)?.phase !== 'running') return undefined
    const sample = { usage: await runtime.usage(id), systemCpu: systemCpuNanoseconds() }
    last.set(id, sample)
    return sample
  }
  const earlier = (id: string): Sample | undefined => {
    const sample = last.get(id)
    const age = sample ? Date.now() - sample.usage.at : 0
    return age >= STATS_INTERVAL_MS && age <= STATS_MEMORY_MS ? sample : undefined
  }
  const once = async (container: ContainerInfo, oneShot: boolean): Promise<object> => {
    const { id } = container
    let before = oneShot ? undefined : earlier(id)
    if (!oneShot && before === undefined) {
      before = await read(id)
      if (before) await delay(STATS_INTERVAL_MS)
    }
    return statsAnswer(container, runtime.accounting, await read(id), before)
  }
  const stream = async (container: ContainerInfo, response: ServerResponse): Promise<void> => {
    startStream(response)
    let before: Sample | undefined
    while (!response.destroyed && runtime.get(container.id) !== undefined) {
      const now = await read(container.id)
      response.write(`${JSON.stringify(statsAnswer(container, runtime.accounting, now, before))}\n`)
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
      before = now
      await delay(STATS_INTERVAL_MS, undefined, { ref: false })
    }
    response.end()
  }
  return {
    async serve(container, query, response) {
      const isStream = query.get('stream') === null || isTrue(query.get('stream'))
      if (isStream) await stream(container, response)
      else sendJson(response, await once(container, isTrue(query.get('one-shot'))))
    },
    close: stopListening,
  }
}

/** Docker's StatsResponse, in the shape of the cgroup version that is read. Zeros for what does not run. */
export function statsAnswer(
  container: ContainerInfo,
  accounting: ContainerRuntime['accounting'],
  now: Sample | undefined,
  before: Sample | undefined,
): object {
  const usage = now?.usage ?? emptyUsage(0)
  return {
    id: container.id,
    name: `/${container.runtimeName}`,
    read: now ? nanoTime(usage.at) : '0001-01-01T00:00:00Z',
    preread: before ? nanoTime(before.usage.at) : '0001-01-01T00:00:00Z',
    num_procs: 0,
    storage_stats: {},
    pids_stats: now ? { current: usage.threads } : {},
    blkio_stats: blkioOf(usage),
    cpu_stats: cpuOf(now),
    precpu_stats: cpuOf(before),
    memory_stats: now ? memoryOf(container, usage, accounting) : {},
    // The lab's pods have addresses of the loopback interface and no interface of their own: nothing to count.
    ...(container.kind === 'sandbox' && !container.sandbox.hostNetwork
      ? { networks: NO_TRAFFIC }
      : {}),
  }
}

const NO_TRAFFIC = {
  eth0: {
    rx_bytes: 0,
    rx_packets: 0,
    rx_errors: 0,
    rx_dropped: 0,
    tx_bytes: 0,
    tx_packets: 0,
    tx_errors: 0,
    tx_dropped: 0,
  },
}

function cpuOf(sample: Sample | undefined): object {
  const usage = sample?.usage ?? emptyUsage(0)
  return {
    cpu_usage: {
      total_usage: usage.cpuUsageNanoseconds,
      usage_in_kernelmode: usage.cpuSystemNanoseconds,
      usage_in_usermode: usage.cpuUserNanoseconds,
    },
    ...(sample ? { system_cpu_usage: sample.systemCpu, online_cpus: hostFacts().cpus } : {}),
    throttling_data: {
      periods: usage.cfsPeriods,
      throttled_periods: usage.cfsThrottledPeriods,
      throttled_time: usage.cfsThrottledNanoseconds,
    },
  }
}

function blkioOf(usage: UsageReading): object {
  const pair = (read: number, write: number): object[] => [
    { major: 0, minor: 0, op: 'read', value: read },
    { major: 0, minor: 0, op: 'write', value: write },
  ]
  return {
    io_service_bytes_recursive: pair(usage.ioReadBytes, usage.ioWriteBytes),
    io_serviced_recursive: pair(usage.ioReads, usage.ioWrites),
    io_queue_recursive: null,
    io_service_time_recursive: null,
    io_wait_time_recursive: null,
    io_merged_recursive: null,
    io_time_recursive: null,
    sectors_recursive: null,
  }
}

function memoryOf(
  container: ContainerInfo,
  usage: UsageReading,
  accounting: ContainerRuntime['accounting'],
): object {
  const limit = container.limits.memoryBytes ?? hostFacts().memoryBytes
  const inactiveFile = usage.memoryUsageBytes - usage.memoryWorkingSetBytes
  if (accounting === 'cgroup-v2') {
    const stats = {
      anon: usage.memoryRssBytes,
      file: usage.memoryCacheBytes,
      file_mapped: usage.memoryMappedFileBytes,
      inactive_file: inactiveFile,
      pgfault: usage.pageFaults,
      pgmajfault: usage.majorPageFaults,
    }
    return { usage: usage.memoryUsageBytes, stats, limit }
  }
  const stats = {
    cache: usage.memoryCacheBytes,
    inactive_file: inactiveFile,
    mapped_file: usage.memoryMappedFileBytes,
    pgfault: usage.pageFaults,
    pgmajfault: usage.majorPageFaults,
    rss: usage.memoryRssBytes,
    swap: usage.memorySwapBytes,
  }
  // A container's cgroup has none below it: the totals of version 1 are its own numbers.
  const totals = Object.entries(stats).map(([name, value]) => [`total_${name}`, value] as const)
  return {
    usage: usage.memoryUsageBytes,
    max_usage: usage.memoryMaxUsageBytes,
    stats: { ...stats, hierarchical_memory_limit: limit, ...Object.fromEntries(totals) },
    limit,
  }
}
