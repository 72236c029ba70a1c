import { dirname } from 'node:path'
import { limitsOf, type ContainerLimits } from './quantity.ts'
import type { ContainerInfo, UsageReading } from '../runtime/types.ts'
import type { InterfaceReading } from './machine.ts'
import type { NodeReading, PodReading } from './readings.ts'

/** One cgroup in cadvisor's tables, with the five labels that each of its series has. */
export interface CadvisorRow {
  readonly kind: 'root' | 'slice' | 'pod' | 'sandbox' | 'container'
  readonly labels: Readonly<
    Record<'container' | 'id' | 'image' | 'name' | 'namespace' | 'pod', string>
  >
  readonly at: number
  readonly usage: CadvisorUsage
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly limits: ContainerLimits
  readonly requests: ContainerLimits
  readonly interfaces: readonly InterfaceReading[]
  readonly pid?: number | undefined
}

/** The machine itself has only some of a container's readings. */
export type CadvisorUsage = Pick<
  UsageReading,
  | 'cpuUsageNanoseconds'
  | 'cpuUserNanoseconds'
  | 'cpuSystemNanoseconds'
  | 'memoryUsageBytes'
  | 'memoryWorkingSetBytes'
  | 'memoryRssBytes'
  | 'memoryCacheBytes'
  | 'memorySwapBytes'
  | 'memoryMappedFileBytes'
  | 'pageFaults'
  | 'majorPageFaults'
> &
  Partial<UsageReading>

const NOBODY = { container: '', image: '', name: '', namespace: '', pod: '' }
const QOS = ['besteffort', 'burstable'] as const

/** All rows of one reading: the machine, the pods' slices, pods, sandboxes, containers. */
export function cadvisorRows(
  reading: NodeReading,
  startedAt: number,
  machineBytes: number,
): CadvisorRow[] {
  return [
    rootRow(reading, machineBytes),
    slice('/kubepods', reading.allPods, startedAt, machineBytes),
    ...QOS.map((qos) => qosSlice(qos, reading, startedAt)),
    ...reading.pods.flatMap(podRows),
  ]
}

function rootRow({ machine }: NodeReading, machineBytes: number): CadvisorRow {
  const usage: CadvisorUsage = {
    cpuUsageNanoseconds: machine.cpuNanoseconds,
    cpuUserNanoseconds: machine.cpuUserNanoseconds,
    cpuSystemNanoseconds: machine.cpuSystemNanoseconds,
    memoryUsageBytes: machine.memoryUsageBytes,
    memoryWorkingSetBytes: machine.memoryWorkingSetBytes,
    memoryRssBytes: machine.memoryRssBytes,
    memoryCacheBytes: machine.memoryCacheBytes,
    memorySwapBytes: machine.swapUsedBytes,
    memoryMappedFileBytes: machine.memoryMappedBytes,
    pageFaults: machine.pageFaults,
    majorPageFaults: machine.majorPageFaults,
  }
  return {
    ...slice('/', usage, 0, machineBytes),
    kind: 'root',
    at: machine.at,
    interfaces: machine.interfaces,
  }
}

function slice(
  id: string,
  usage: CadvisorUsage,
  startedAt: number,
  memoryBytes: number,
): CadvisorRow {
  return {
    kind: 'slice',
    labels: { ...NOBODY, id },
    at: usage.at ?? 0,
    usage,
    startedAt,
    limits: memoryBytes > 0 ? { memoryBytes } : {},
    requests: {},
    interfaces: [],
  }
}

function qosSlice(qos: (typeof QOS)[number], reading: NodeReading, startedAt: number): CadvisorRow {
  const prefix = `/kubepods/${qos}/`
  const usages = reading.pods
    .filter((pod) => pod.sandbox.cgroupPath.startsWith(prefix))
    .map((pod) => pod.usage)
  return slice(`/kubepods/${qos}`, { ...sum(usages), at: reading.at }, startedAt, 0)
}

const NOTHING: CadvisorUsage = {
  cpuUsageNanoseconds: 0,
  cpuUserNanoseconds: 0,
  cpuSystemNanoseconds: 0,
  memoryUsageBytes: 0,
  memoryWorkingSetBytes: 0,
  memoryRssBytes: 0,
  memoryCacheBytes: 0,
  memorySwapBytes: 0,
  memoryMappedFileBytes: 0,
  pageFaults: 0,
  majorPageFaults: 0,
}

/** A slice's cgroup as the sum of its pods: what is left of ended pods is not in it. */
function sum(usages: readonly UsageReading[]): CadvisorUsage {
  const total = { ...NOTHING, processes: 0, threads: 0 }
  for (const usage of usages) {
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += usage[key]
  }
  return total
}

function podRows(reading: PodReading): CadvisorRow[] {
  const { pod, sandbox, sandboxUsage, usage, containers, interfaces } = reading
  const who = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name ?? '' }
  const started = sandbox.startedAt ?? sandbox.createdAt
  const limits = pod.spec.containers.map((container) => limitsOf(container.resources?.limits))
  const requests = pod.spec.containers.map((container) => limitsOf(container.resources?.requests))
  const row = (
    info: ContainerInfo,
    kind: 'sandbox' | 'container',
  ): Omit<CadvisorRow, 'usage' | 'at'> => ({
    kind,
    labels: {
      container: info.name,
      id: info.cgroupPath,
      image: info.image,
      name: info.runtimeName,
      ...who,
    },
    startedAt: info.startedAt ?? info.createdAt,
    limits: info.limits,
    requests: info.requests,
    interfaces: [],
    pid: info.pid,
  })
  return [
    {
      kind: 'pod',
      labels: { ...NOBODY, ...who, id: dirname(sandbox.cgroupPath) },
      at: usage.at,
      usage,
      startedAt: started,
      limits: all(limits),
      requests: all(requests),
      interfaces: [],
    },
    { ...row(sandbox, 'sandbox'), at: sandboxUsage.at, usage: sandboxUsage, interfaces },
    ...containers.map(({ info, usage }) => ({ ...row(info, 'container'), at: usage.at, usage })),
  ]
}

/** A pod's limit is the sum of its containers', if each has one. */
function all(limits: readonly ContainerLimits[]): ContainerLimits {
  const total = (values: (number | undefined)[]): number | undefined =>
    values.reduce(
      (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
      0,
    )
  const cpuMillicores = total(limits.map((limit) => limit.cpuMillicores))
  const memoryBytes = total(limits.map((limit) => limit.memoryBytes))
  return {
    ...(cpuMillicores === undefined ? {} : { cpuMillicores }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  }
}
