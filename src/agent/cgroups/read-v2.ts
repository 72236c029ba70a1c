import { join } from 'node:path'
import { readSmall } from '../../core/index.ts'
import type { ContainerReading } from '../checks/container/reading.ts'
import {
  bounded,
  countCpus,
  parseCpuMax,
  parseIoStat,
  parseKeyed,
  parseNumber,
  parsePressure,
} from './parse.ts'
import { scaled, workingSet } from './read-v1.ts'

const NANOSECONDS = 1000

/** The smaller of cpu.max and the CPU set, if that is smaller than the machine. Cores. */
export function cpuCoresV2(dir: string, hostCpus: number): number | undefined {
  const quota = parseCpuMax(readSmall(join(dir, 'cpu.max')))
  const set = countCpus(readSmall(join(dir, 'cpuset.cpus.effective')))
  const cores = [quota, set === hostCpus ? undefined : set].filter((one) => one !== undefined)
  return cores.length === 0 ? undefined : Math.min(...cores)
}

/** Version 2's files of one container, but for the CPU's limit. Source: pkg/util/cgroups, metrics/system */
export function readV2(dir: string, deviceName: (device: string) => string): ContainerReading {
  const read = (file: string): string | undefined => readSmall(join(dir, file))
  const stalled = (file: string): number | undefined =>
    scaled(parsePressure(read(file)), NANOSECONDS)
  const cpu = parseKeyed(read('cpu.stat'))
  const devices = [...parseIoStat(read('io.stat'))]
  return {
    cpu: {
      total: scaled(cpu.get('usage_usec'), NANOSECONDS),
      user: scaled(cpu.get('user_usec'), NANOSECONDS),
      system: scaled(cpu.get('system_usec'), NANOSECONDS),
      throttledNanoseconds: scaled(cpu.get('throttled_usec'), NANOSECONDS),
      throttledPeriods: cpu.get('nr_throttled'),
      partialStall: stalled('cpu.pressure'),
    },
    memory: { ...memoryOf(read), partialStall: stalled('memory.pressure') },
    io: devices.map(([device, values]) => ({
      device: deviceName(device),
      readBytes: values.get('rbytes'),
      readOperations: values.get('rios'),
      writeBytes: values.get('wbytes'),
      writeOperations: values.get('wios'),
    })),
    ioPartialStall: stalled('io.pressure'),
    pids: {
      threads: parseNumber(read('pids.current')),
      limit: bounded(parseNumber(read('pids.max'))),
    },
  }
}

function memoryOf(
  read: (file: string) => string | undefined,
): NonNullable<ContainerReading['memory']> {
  const stat = parseKeyed(read('memory.stat'))
  const usage = parseNumber(read('memory.current'))
  const stack = stat.get('kernel_stack')
  const slab = stat.get('slab')
  return {
    usage,
    kernel: stack === undefined && slab === undefined ? undefined : (stack ?? 0) + (slab ?? 0),
    limit: bounded(parseNumber(read('memory.max'))),
    softLimit: bounded(parseNumber(read('memory.low'))),
    rss: stat.get('anon'),
    cache: stat.get('file'),
    swap: parseNumber(read('memory.swap.current')),
    workingSet: workingSet(usage, stat.get('inactive_file')),
    peak: parseNumber(read('memory.peak')),
    oomEvents: parseKeyed(read('memory.events')).get('oom'),
    pageFaults: stat.get('pgfault'),
    majorPageFaults: stat.get('pgmajfault'),
  }
}
