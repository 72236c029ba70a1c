import { exposition, type Family, type Sample } from './exposition.ts'
import type { NodeReading } from './readings.ts'

/** `/metrics/resource`, as a kubelet 1.36 writes it. */
export function resourceText(reading: NodeReading): string {
  const { machine, pods } = reading
  const containers = pods.flatMap(({ pod, containers }) =>
    containers.map(({ record, info, usage }) => ({
      labels: {
        container: record.spec.name,
        namespace: pod.metadata.namespace ?? '',
        pod: pod.metadata.name ?? '',
      },
      info,
      usage,
    })),
  )
  const perContainer = (of: (row: (typeof containers)[number]) => number | undefined): Sample[] =>
    containers.flatMap((row) => {
      const value = of(row)
      return value === undefined ? [] : [{ labels: row.labels, value, at: row.usage.at }]
    })
  const perPod = (of: (row: (typeof pods)[number]) => number): Sample[] =>
    pods.map((row) => ({
      labels: { namespace: row.pod.metadata.namespace ?? '', pod: row.pod.metadata.name ?? '' },
      value: of(row),
      at: row.usage.at,
    }))
  const node = (value: number): Sample[] => [{ labels: {}, value, at: machine.at }]
  const family = (type: Family['type'], name: string, help: string, samples: Sample[]): Family => {
    return { type, name, help, samples }
  }
  const swapHelp = 'Reported only on non-windows systems'
  const starts = perContainer(({ info }) => (info.startedAt ?? info.createdAt) / 1000)
  return exposition([
    family(
      'counter',
      'container_cpu_usage_seconds_total',
      '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
      perContainer(({ usage }) => usage.cpuUsageNanoseconds / 1e9),
    ),
    family(
      'gauge',
      'container_memory_working_set_bytes',
      '[STABLE] Current working set of the container in bytes',
      perContainer(({ usage }) => usage.memoryWorkingSetBytes),
    ),
    family(
      'gauge',
      'container_start_time_seconds',
      '[STABLE] Start time of the container since unix epoch in seconds',
      starts.map(({ labels, value }) => ({ labels, value })),
    ),
    family(
      'gauge',
      'container_swap_limit_bytes',
      `[ALPHA] Current amount of the container swap limit in bytes. ${swapHelp}`,
      perContainer(({ info }) => info.limits.memoryBytes),
    ),
    family(
      'gauge',
      'container_swap_usage_bytes',
      `[ALPHA] Current amount of the container swap usage in bytes. ${swapHelp}`,
      perContainer(({ usage }) => usage.memorySwapBytes),
    ),
    family(
      'counter',
      'node_cpu_usage_seconds_total',
      '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
      node(machine.cpuNanoseconds / 1e9),
    ),
    family(
      'gauge',
      'node_memory_working_set_bytes',
      '[STABLE] Current working set of the node in bytes',
      node(machine.memoryWorkingSetBytes),
    ),
    family(
      'gauge',
      'node_swap_usage_bytes',
      `[ALPHA] Current swap usage of the node in bytes. ${swapHelp}`,
      node(machine.swapUsedBytes),
    ),
    family(
      'counter',
      'pod_cpu_usage_seconds_total',
      '[STABLE] Cumulative cpu time consumed by the pod in core-seconds',
      perPod(({ usage }) => usage.cpuUsageNanoseconds / 1e9),
    ),
    family(
      'gauge',
      'pod_memory_working_set_bytes',
      '[STABLE] Current working set of the pod in bytes',
      perPod(({ usage }) => usage.memoryWorkingSetBytes),
    ),
    family(
      'gauge',
      'pod_swap_usage_bytes',
      `[ALPHA] Current amount of the pod swap usage in bytes. ${swapHelp}`,
      perPod(({ usage }) => usage.memorySwapBytes),
    ),
    family(
      'gauge',
      'resource_scrape_error',
      '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
      [{ labels: {}, value: 0 }],
    ),
  ])
}
