import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import type { Pod } from '../../kube/index.ts'
import type { ContainerInfo, ContainerRuntime, UsageReading } from '../runtime/types.ts'
import type { ContainerRecord } from './container-record.ts'
import {
  readDisk,
  readMachine,
  readNetworkOf,
  type DiskReading,
  type InterfaceReading,
  type MachineReading,
} from './machine.ts'
import type { MountedVolume } from './volumes/pod-volumes.ts'

export interface FileUsage {
  readonly bytes: number
  readonly inodes: number
}

export interface ContainerReading {
  readonly record: ContainerRecord
  readonly info: ContainerInfo
  readonly usage: UsageReading
  readonly logs: FileUsage
}

export interface VolumeReading extends FileUsage {
  readonly volume: MountedVolume
  readonly at: number
}

export interface PodReading {
  readonly pod: Pod
  readonly sandbox: ContainerInfo
  /** Docker's sandbox process alone. */
  readonly sandboxUsage: UsageReading
  readonly usage: UsageReading
  readonly containers: readonly ContainerReading[]
  readonly volumes: readonly VolumeReading[]
  readonly interfaces: readonly InterfaceReading[]
}

/** One pass over the machine and its pods. */
export interface NodeReading {
  readonly at: number
  readonly machine: MachineReading
  readonly disk: DiskReading
  readonly allPods: UsageReading
  readonly pods: readonly PodReading[]
  /** CPU rate of the node (``), all pods (`/kubepods`), a pod's uid or a container's id, in nanocores, from two passes. */
  rate(key: string): number | undefined
}

export interface Readings {
  /** A pass that is at most about a second old: all scrapes in that time share it. */
  latest(): Promise<NodeReading>
  /** A container started or ended: the next scrape looks again. */
  changed(): void
}

/** What the readings need of a pod worker. */
export interface ReadablePod {
  view(): Pod
  sandbox(): ContainerInfo | undefined
  records(): readonly ContainerRecord[]
  volumes(): readonly MountedVolume[]
}

/** cadvisor's own housekeeping is 10 s; the lab looks more often, so that its tables move. */
const FRESH_MS = 1500
/** The kubelet's volumeStatsAggPeriod is 1 min; emptyDirs are counted file by file, so this is not done with each pass. */
const VOLUME_MS = 15_000
const MAX_FILES = 20_000
/** Rates of shorter intervals would be noise: /proc counts in ticks of 10 ms. */
const MIN_RATE_MS = 900

interface Point {
  readonly at: number
  readonly cpu: number
  /** When the counter was 0, in milliseconds since 1970: an earlier point for the first reading. */
  readonly since?: number | undefined
}

export function createReadings(options: {
  readonly runtime: ContainerRuntime
  readonly pods: () => readonly ReadablePod[]
  readonly rootDir: string
  readonly clock: Clock
}): Readings {
  const { runtime, rootDir, clock } = options
  const usageOf = createVolumeUsage(clock)
  let last: NodeReading | undefined
  let stale = false
  let running: Promise<NodeReading> | undefined
  let points = new Map<string, Point>()
  let rates = new Map<string, number>()

  const pass = async (): Promise<NodeReading> => {
    const at = clock.now()
    stale = false
    const networks = new Map<string, InterfaceReading[]>()
    const [machine, disk, allPods, pods] = await Promise.all([
      readMachine(at),
      readDisk(rootDir),
      runtime.allPodsUsage(),
      Promise.all(options.pods().map((pod) => readPod(pod, runtime, networks, usageOf))),
    ])
    const read = pods.filter((pod) => pod !== undefined)
    const next = new Map<string, Point>([
      ['', { at, cpu: machine.cpuNanoseconds }],
      ['/kubepods', { at: allPods.at, cpu: allPods.cpuUsageNanoseconds }],
    ])
    for (const pod of read) {
      next.set(pod.pod.metadata.uid ?? '', pointOf(pod.usage, pod.sandbox))
      for (const { info, usage } of pod.containers) next.set(info.id, pointOf(usage, info))
    }
    ;({ points, rates } = advance(points, rates, next))
    const current = rates
    last = { at, machine, disk, allPods, pods: read, rate: (key) => current.get(key) }
    return last
  }
  return {
    latest() {
      if (last && !stale && clock.now() - last.at < FRESH_MS) return Promise.resolve(last)
      running ??= pass().finally(() => (running = undefined))
      return running
    },
    changed: () => void (stale = true),
  }
}

function pointOf(usage: UsageReading, { startedAt }: ContainerInfo): Point {
  return { at: usage.at, cpu: usage.cpuUsageNanoseconds, since: startedAt }
}

/** Rates from the two newest points that are far enough apart; a counter that fell (a restart) has no rate yet. */
function advance(
  points: Map<string, Point>,
  rates: Map<string, number>,
  next: Map<string, Point>,
): { points: Map<string, Point>; rates: Map<string, number> } {
  const kept = new Map<string, Point>()
  const current = new Map<string, number>()
  for (const [key, point] of next) {
    const before =
      points.get(key) ?? (point.since === undefined ? undefined : { at: point.since, cpu: 0 })
    if (before && point.at - before.at < MIN_RATE_MS) {
      kept.set(key, before)
      const rate = rates.get(key)
      if (rate !== undefined) current.set(key, rate)
      continue
    }
    kept.set(key, point)
    if (before && point.cpu >= before.cpu) {
      current.set(key, Math.round(((point.cpu - before.cpu) / (point.at - before.at)) * 1000))
    }
  }
  return { points: kept, rates: current }
}

async function readPod(
  source: ReadablePod,
  runtime: ContainerRuntime,
  networks: Map<string, InterfaceReading[]>,
  usageOf: (volume: MountedVolume) => Promise<VolumeReading>,
): Promise<PodReading | undefined> {
  const sandbox = source.sandbox()
  if (sandbox?.phase !== 'running') return undefined
  try {
    const running = source.records().filter((record) => record.info?.phase === 'running')
    const [usage, sandboxUsage, containers, volumes, interfaces] = await Promise.all([
      runtime.podUsage(sandbox.id),
      runtime.usage(sandbox.id),
      Promise.all(running.map((record) => readContainer(record, runtime))),
      Promise.all(
        source
          .volumes()
          .filter((volume) => volume.measured)
          .map(usageOf),
      ),
      networkOf(sandbox, networks),
    ])
    const read = containers.filter((container) => container !== undefined)
    return {
      pod: source.view(),
      sandbox,
      sandboxUsage,
      usage,
      containers: read,
      volumes,
      interfaces,
    }
  } catch {
    // The pod ended while it was read: it is left out of this pass.
    return undefined
  }
}

async function readContainer(
  record: ContainerRecord,
  runtime: ContainerRuntime,
): Promise<ContainerReading | undefined> {
  const { info } = record
  if (!info) return undefined
  const [usage, logs] = await Promise.all([
    runtime.usage(info.id).catch(() => undefined),
    measure(dirname(info.logPath), false),
  ])
  return usage && { record, info, usage, logs }
}

/**
 * As cadvisor does: `/proc/<pid>/net/dev` of the sandbox's process. In the `process` runtime pods share the machine's
 * network namespace, so what this process sees are the machine's interfaces: true for it, the same for every pod.
 */
async function networkOf(
  sandbox: ContainerInfo,
  seen: Map<string, InterfaceReading[]>,
): Promise<InterfaceReading[]> {
  if (sandbox.pid === undefined) return []
  const network = await readNetworkOf(sandbox.pid)
  if (!network) return []
  // One reading per namespace and pass, so that its pods agree.
  const known = seen.get(network.namespace) ?? network.interfaces
  seen.set(network.namespace, known)
  return known
}

function createVolumeUsage(clock: Clock): (volume: MountedVolume) => Promise<VolumeReading> {
  const known = new Map<string, VolumeReading>()
  return async (volume) => {
    const before = known.get(volume.path)
    if (before && clock.now() - before.at < VOLUME_MS) return before
    const reading = { volume, at: clock.now(), ...(await measure(volume.path)) }
    known.set(volume.path, reading)
    if (known.size > MAX_FILES) known.clear()
    return reading
  }
}

/** Disk blocks and inodes below a directory, itself included by default. Bounded; what vanishes meanwhile is not counted. */
export async function measure(directory: string, itself = true): Promise<FileUsage> {
  const top = await stat(directory).catch(() => undefined)
  if (!top) return { bytes: 0, inodes: 0 }
  let bytes = itself ? top.blocks * 512 : 0
  let inodes = itself ? 1 : 0
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries.slice(0, MAX_FILES)) {
    if (entry.isSymbolicLink()) inodes += 1
    else {
      const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
      bytes += (found?.blocks ?? 0) * 512
      inodes += found ? 1 : 0
    }
  }
  return { bytes, inodes }
}
