import type { ContainerInfo, UsageReading } from '../runtime/index.ts'
import { exposition, type Family, type Sample } from './exposition.ts'
import type { ContainerReading, NodeReading } from './readings.ts'

type Usage = Pick<UsageReading, 'cpuUsageNanoseconds' | 'memoryWorkingSetBytes' | 'memorySwapBytes'>
type Row<Of> = readonly [Family['type'], name: string, help: string, value: Of]

const NOT_WINDOWS = 'Reported only on non-windows systems'

const CONTAINER_ROWS: readonly Row<(usage: Usage, info: ContainerInfo) => number | undefined>[] = [
  [
    'counter',
    'container_cpu_usage_seconds_total',
    '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
    (usage) => usage.cpuUsageNanoseconds / 1e9,
  ],
  [
    'gauge',
    'container_memory_working_set_bytes',
    '[STABLE] Current working set of the container in bytes',
    (usage) => usage.memoryWorkingSetBytes,
  ],
  [
    'gauge',
    'container_swap_limit_bytes',
    `[ALPHA] Current amount of the container swap limit in bytes. ${NOT_WINDOWS}`,
    (_, info) => info.limits.memoryBytes,
  ],
  [
    'gauge',
    'container_swap_usage_bytes',
    `[ALPHA] Current amount of the container swap usage in bytes. ${NOT_WINDOWS}`,
    (usage) => usage.memorySwapBytes,
  ],
]

const POD_ROWS: readonly Row<(usage: Usage) => number>[] = [
  [
    'counter',
    'pod_cpu_usage_seconds_total',
    '[STABLE] Cumulative cpu time consumed by the pod in core-seconds',
    (usage) => usage.cpuUsageNanoseconds / 1e9,
  ],
  [
    'gauge',
    'pod_memory_working_set_bytes',
    '[STABLE] Current working set of the pod in bytes',
    (usage) => usage.memoryWorkingSetBytes,
  ],
  [
    'gauge',
    'pod_swap_usage_bytes',
    `[ALPHA] Current amount of the pod swap usage in bytes. ${NOT_WINDOWS}`,
    (usage) => usage.memorySwapBytes,
  ],
]

const NODE_ROWS: readonly Row<(machine: NodeReading['machine']) => number>[] = [
  [
    'counter',
    'node_cpu_usage_seconds_total',
    '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
    (machine) => machine.cpuNanoseconds / 1e9,
  ],
  [
    'gauge',
    'node_memory_working_set_bytes',
    '[STABLE] Current working set of the node in bytes',
    (machine) => machine.memoryWorkingSetBytes,
  ],
  [
    'gauge',
    'node_swap_usage_bytes',
    `[ALPHA] Current swap usage of the node in bytes. ${NOT_WINDOWS}`,
    (machine) => machine.swapUsedBytes,
  ],
]

/** `/metrics/resource`, as a kubelet 1.36 writes it. */
export function resourceText({ machine, pods }: NodeReading): string {
  return exposition([
    ...CONTAINER_ROWS.map((row) =>
      family(row, (value) =>
        eachContainer(pods, (usage, info) => ({ value: value(usage, info), at: usage.at })),
      ),
    ),
    {
      type: 'gauge',
      name: 'container_start_time_seconds',
      help: '[STABLE] Start time of the container since unix epoch in seconds',
      // The one family without times.
      samples: eachContainer(pods, (_, info) => ({
        value: (info.startedAt ?? info.createdAt) / 1000,
      })),
    },
    ...POD_ROWS.map((row) =>
      family(row, (value) =>
        pods.map(({ pod, usage }) => ({
          labels: { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name ?? '' },
          value: value(usage),
          at: usage.at,
        })),
      ),
    ),
    ...NODE_ROWS.map((row) =>
      family(row, (value) => [{ labels: {}, value: value(machine), at: machine.at }]),
    ),
    {
      type: 'gauge',
      name: 'resource_scrape_error',
      help: '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
      samples: [{ labels: {}, value: 0 }],
    },
  ])
}

function family<Of>([type, name, help, value]: Row<Of>, samples: (value: Of) => Sample[]): Family {
  return { type, name, help, samples: samples(value) }
}

/** A sample for each container that has a value. */
function eachContainer(
  pods: NodeReading['pods'],
  read: (
    usage: ContainerReading['usage'],
    info: ContainerReading['info'],
  ) => { value: number | undefined; at?: number },
): Sample[] {
  return pods.flatMap(({ pod, containers }) =>
    containers.flatMap(({ record, info, usage }) => {
      const { value, ...time } = read(usage, info)
      const { namespace = '', name = '' } = pod.metadata
      const labels = { container: record.spec.name, namespace, pod: name }
      return value === undefined ? [] : [{ labels, value, ...time }]
    }),
  )
}
