import { readFile, readlink, statfs } from 'node:fs/promises'
import { arch, cpus, release, totalmem } from 'node:os'
import type { InterfaceStats } from '../../kubelet/index.ts'

/** What does not change while the machine runs. */
export interface MachineFacts {
  readonly cores: number
  readonly physicalCores: number
  readonly sockets: number
  readonly memoryBytes: number
  readonly swapBytes: number
  readonly bootId: string
  readonly machineId: string
  readonly systemUuid: string
  readonly kernelVersion: string
  readonly osImage: string
  /** As Go names it: `amd64`, `arm64`. */
  readonly architecture: string
  /** Milliseconds since 1970. */
  readonly bootedAt: number
}

/** One reading of the whole machine; units in the names. */
export interface MachineReading {
  readonly at: number
  readonly cpuNanoseconds: number
  readonly cpuUserNanoseconds: number
  readonly cpuSystemNanoseconds: number
  readonly memoryUsageBytes: number
  readonly memoryWorkingSetBytes: number
  readonly memoryRssBytes: number
  readonly memoryCacheBytes: number
  readonly memoryMappedBytes: number
  readonly swapUsedBytes: number
  readonly swapFreeBytes: number
  readonly pageFaults: number
  readonly majorPageFaults: number
  readonly processes: number
  readonly maxPid: number
  readonly interfaces: readonly InterfaceReading[]
}

export interface InterfaceReading extends Required<InterfaceStats> {
  readonly rxPackets: number
  readonly rxDropped: number
  readonly txPackets: number
  readonly txDropped: number
}

export interface DiskReading {
  readonly capacityBytes: number
  readonly availableBytes: number
  readonly usedBytes: number
  readonly inodes: number
  readonly inodesFree: number
  readonly inodesUsed: number
}

const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

export async function readMachineFacts(): Promise<MachineFacts> {
  const [boot, id, os, cpuinfo, stat, meminfo] = await Promise.all(
    [
      '/proc/sys/kernel/random/boot_id',
      '/etc/machine-id',
      '/etc/os-release',
      '/proc/cpuinfo',
      '/proc/stat',
      '/proc/meminfo',
    ].map(text),
  )
  const cores = cpus().length
  const column = (name: string): string[] =>
    [...(cpuinfo ?? '').matchAll(new RegExp(`^${name}\\s*: (.*)$`, 'gm'))].map(
      (match) => match[1] ?? '',
    )
  const sockets = new Set(column('physical id')).size || 1
  const coreIds = column('core id').map(
    (core, index) => `${column('physical id')[index] ?? ''}/${core}`,
  )
  // Without a machine id the boot id is the only name that this machine has.
  const machineId = (id ?? '').trim() || (boot ?? '').trim().replaceAll('-', '')
  return {
    cores,
    physicalCores: new Set(coreIds).size || cores,
    sockets,
    memoryBytes: totalmem(),
    swapBytes: memoryFields(meminfo ?? '').get('SwapTotal') ?? 0,
    bootId: (boot ?? '').trim(),
    machineId,
    systemUuid: machineId,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(os ?? '')?.[1] ?? 'Linux',
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    bootedAt: Number(/^btime (\d+)/m.exec(stat ?? '')?.[1] ?? 0) * 1000,
  }
}

/** Jiffies of 10 ms, as every Linux has them in /proc. */
const NANOSECONDS_PER_TICK = 1e7

export async function readMachine(now: number): Promise<MachineReading> {
  const [stat, meminfo, vmstat, loadavg, maxPid, net] = await Promise.all(
    [
      '/proc/stat',
      '/proc/meminfo',
      '/proc/vmstat',
      '/proc/loadavg',
      '/proc/sys/kernel/pid_max',
      '/proc/net/dev',
    ].map(text),
  )
  const ticks = (/^cpu +(.*)$/m.exec(stat ?? '')?.[1] ?? '').split(' ').map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks
  const memory = memoryFields(meminfo ?? '')
  const get = (name: string): number => memory.get(name) ?? 0
  const usage = get('MemTotal') - get('MemFree')
  const counter = (name: string): number =>
    Number(new RegExp(`^${name} (\\d+)`, 'm').exec(vmstat ?? '')?.[1] ?? 0)
  return {
    at: now,
    cpuNanoseconds: (user + nice + system + irq + softirq + steal) * NANOSECONDS_PER_TICK,
    cpuUserNanoseconds: (user + nice) * NANOSECONDS_PER_TICK,
    cpuSystemNanoseconds: (system + irq + softirq) * NANOSECONDS_PER_TICK,
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - get('Inactive(file)')),
    memoryRssBytes: get('AnonPages'),
    memoryCacheBytes: get('Cached') + get('Buffers'),
    memoryMappedBytes: get('Mapped'),
    swapUsedBytes: get('SwapTotal') - get('SwapFree'),
    swapFreeBytes: get('SwapFree'),
    pageFaults: counter('pgfault'),
    majorPageFaults: counter('pgmajfault'),
    processes: Number(/\/(\d+)/.exec(loadavg ?? '')?.[1] ?? 0),
    maxPid: Number((maxPid ?? '0').trim()),
    interfaces: parseInterfaces(net ?? ''),
  }
}

function memoryFields(meminfo: string): Map<string, number> {
  return new Map(
    [...meminfo.matchAll(/^([^:]+):\s+(\d+) kB$/gm)].map((match) => [
      match[1] ?? '',
      Number(match[2]) * 1024,
    ]),
  )
}

/** /proc/net/dev without the interfaces that cadvisor leaves out: loopback, and the host's ends of pods' links. */
export function parseInterfaces(dev: string): InterfaceReading[] {
  return [...dev.matchAll(/^\s*([^:\s]+):\s*(.*)$/gm)]
    .filter(([, name = '']) => name !== 'lo' && !name.startsWith('veth') && name !== 'docker0')
    .map(([, name = '', columns = '']) => {
      const [
        rxBytes = 0,
        rxPackets = 0,
        rxErrors = 0,
        rxDropped = 0,
        ,
        ,
        ,
        ,
        txBytes = 0,
        txPackets = 0,
        txErrors = 0,
        txDropped = 0,
      ] = columns.trim().split(/\s+/).map(Number)
      return {
        name,
        rxBytes,
        rxPackets,
        rxErrors,
        rxDropped,
        txBytes,
        txPackets,
        txErrors,
        txDropped,
      }
    })
}

/** The counters of a process's network namespace, and which namespace that is; undefined when the process is gone. */
export async function readNetworkOf(
  pid: number,
): Promise<{ namespace: string; interfaces: InterfaceReading[] } | undefined> {
  try {
    const [namespace, dev] = await Promise.all([
      readlink(`/proc/${pid}/ns/net`),
      readFile(`/proc/${pid}/net/dev`, 'utf8'),
    ])
    return { namespace, interfaces: parseInterfaces(dev) }
  } catch {
    return undefined
  }
}

export async function readDisk(path: string): Promise<DiskReading> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path)
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
    inodesUsed: files - ffree,
  }
}

/** The block device (`/dev/vda`) of the longest mount point above a path. */
export async function deviceOf(path: string): Promise<string> {
  const mounts = (await text('/proc/self/mounts')).split('\n').map((line) => line.split(' '))
  const above = mounts.filter(
    ([, point = '-']) => point === '/' || path === point || path.startsWith(point + '/'),
  )
  return (
    above.reduce(
      (best, mount) => ((mount[1]?.length ?? 0) >= (best[1]?.length ?? 0) ? mount : best),
      [''],
    )[0] ?? ''
  )
}
