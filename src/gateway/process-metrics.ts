import { readdir } from 'node:fs/promises'
import { Counter, Gauge, type Registry } from 'prom-client'

/**
 * What every program of the Prometheus world tells about its process, under the usual names. The library's own set starts
 * observers that outlive a registry; these are read when they are asked for and cost nothing between.
 */
export function addProcessMetrics(registry: Registry): void {
  const startedAt = Date.now() / 1000 - process.uptime()
  const readings: readonly [name: string, help: string, read: () => number | Promise<number>][] = [
    ['process_resident_memory_bytes', 'Resident memory in bytes.', () => process.memoryUsage.rss()],
    ['process_start_time_seconds', 'Start of the process since 1970.', () => startedAt],
    ['process_open_fds', 'Open file descriptors.', openFiles],
    ['nodejs_heap_size_used_bytes', 'Used heap in bytes.', () => process.memoryUsage().heapUsed],
    [
      'nodejs_external_memory_bytes',
      'Buffers and other memory outside of the heap.',
      () => process.memoryUsage().external,
    ],
  ]
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time in seconds.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(cpuSeconds())
    },
  })
  for (const [name, help, read] of readings) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read())
      },
    })
  }
}

/** User and system time together. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Not a number where the system does not tell. */
const openFiles = (): Promise<number> =>
  readdir('/proc/self/fd').then(
    (names) => names.length,
    () => Number.NaN,
  )
