import { exposition, type Family, type Sample } from './exposition.ts'
import { isRunning } from './container-record.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import type { OwnProcess } from './own-process.ts'
import type { PodWorker } from './pod-worker.ts'
import type { NodeReading } from './readings.ts'
import { CONFIG_SOURCE } from './static-pods.ts'

export interface KubeletTextOptions {
  readonly nodeName: string
  readonly metrics: KubeletMetrics
  readonly workers: readonly PodWorker[]
  readonly own: OwnProcess
  readonly reading: NodeReading
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** `/metrics`: what was counted, the state of the pods, and facts about this process. */
export function kubeletText(options: KubeletTextOptions): string {
  return exposition([
    ...options.metrics.registry.collect(),
    ...podFamilies(options),
    ...storageFamilies(options.reading),
    ...processFamilies(options.own, options.startedAt),
  ])
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  help,
  type: 'gauge',
  samples,
})
const plain = (value: number): Sample[] => [{ labels: {}, value }]

function podFamilies({ workers, nodeName }: KubeletTextOptions): Family[] {
  const isStatic = (worker: PodWorker): boolean =>
    worker.view().metadata.annotations?.[CONFIG_SOURCE] === 'file'
  const records = workers.flatMap((worker) => worker.records())
  const split = (name: string, help: string): Family =>
    gauge(name, help, [
      { labels: { static: '' }, value: workers.filter((worker) => !isStatic(worker)).length },
      { labels: { static: 'true' }, value: workers.filter(isStatic).length },
    ])
  const exited = records.filter((record) => record.info?.phase === 'exited').length
  const states: Sample[] = [
    { labels: { container_state: 'running' }, value: records.filter(isRunning).length },
    ...(exited > 0 ? [{ labels: { container_state: 'exited' }, value: exited }] : []),
  ]
  return [
    split(
      'kubelet_active_pods',
      '[ALPHA] The number of pods the kubelet considers active and which are being considered when admitting new pods. static is true if the pod is not from the apiserver.',
    ),
    split(
      'kubelet_desired_pods',
      '[ALPHA] The number of pods the kubelet is being instructed to run. static is true if the pod is not from the apiserver.',
    ),
    gauge(
      'kubelet_mirror_pods',
      '[ALPHA] The number of mirror pods the kubelet will try to create (one per admitted static pod)',
      plain(workers.filter(isStatic).length),
    ),
    gauge('kubelet_node_name', "[ALPHA] The node's name. The count is always 1.", [
      { labels: { node: nodeName }, value: 1 },
    ]),
    // The lab's runtime tells its events one by one and never drops one.
    {
      ...gauge(
        'kubelet_pleg_discard_events',
        '[ALPHA] The number of discard events in PLEG.',
        plain(0),
      ),
      type: 'counter',
    },
    gauge('kubelet_running_containers', '[ALPHA] Number of containers currently running', states),
    gauge(
      'kubelet_running_pods',
      '[ALPHA] Number of pods that have a running pod sandbox',
      plain(workers.filter((worker) => worker.sandbox()?.phase === 'running').length),
    ),
  ]
}

function storageFamilies(reading: NodeReading): Family[] {
  const logs = reading.pods.flatMap(({ pod, containers }) =>
    containers.map(({ record, logs }): Sample => {
      const { uid = '', namespace = '', name = '' } = pod.metadata
      return {
        labels: { uid, namespace, pod: name, container: record.spec.name },
        value: logs.bytes,
      }
    }),
  )
  const claims = reading.pods.flatMap(({ pod, volumes }) =>
    volumes.flatMap((row) => {
      const labels = {
        namespace: pod.metadata.namespace ?? '',
        persistentvolumeclaim: row.volume.claim ?? '',
      }
      return row.volume.claim === undefined ? [] : [{ labels, row }]
    }),
  )
  const { disk } = reading
  const perClaim = (
    name: string,
    help: string,
    of: (usage: { bytes: number; inodes: number }) => number,
  ): Family =>
    gauge(
      `kubelet_volume_stats_${name}`,
      `[ALPHA] ${help}`,
      claims.map(({ labels, row }) => ({ labels, value: of(row) })),
    )
  return [
    gauge(
      'kubelet_container_log_filesystem_used_bytes',
      "[ALPHA] Bytes used by the container's logs on the filesystem.",
      logs,
    ),
    perClaim(
      'available_bytes',
      'Number of available bytes in the volume',
      () => disk.availableBytes,
    ),
    perClaim('capacity_bytes', 'Capacity in bytes of the volume', () => disk.capacityBytes),
    perClaim('inodes', 'Maximum number of inodes in the volume', () => disk.inodes),
    perClaim('inodes_free', 'Number of free inodes in the volume', () => disk.inodesFree),
    perClaim('inodes_used', 'Number of used inodes in the volume', (usage) => usage.inodes),
    perClaim('used_bytes', 'Number of used bytes in the volume', (usage) => usage.bytes),
  ]
}

/** This kubelet is a Node program: its threads are threads, and what is in flight stands for goroutines. */
function processFamilies(own: OwnProcess, startedAt: number): Family[] {
  return [
    gauge(
      'go_goroutines',
      'Number of goroutines that currently exist.',
      plain(own.activeResources),
    ),
    gauge('go_threads', 'Number of OS threads created.', plain(own.threads)),
    {
      ...gauge(
        'process_cpu_seconds_total',
        'Total user and system CPU time spent in seconds.',
        plain(own.cpuNanoseconds / 1e9),
      ),
      type: 'counter',
    },
    gauge('process_max_fds', 'Maximum number of open file descriptors.', plain(own.maxFiles)),
    gauge('process_open_fds', 'Number of open file descriptors.', plain(own.openFiles)),
    gauge(
      'process_resident_memory_bytes',
      'Resident memory size in bytes.',
      plain(own.residentBytes),
    ),
    processStart(startedAt, 'Start time of the process since unix epoch in seconds.'),
    gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', plain(own.virtualBytes)),
  ]
}

export function processStart(
  startedAt: number,
  help = '[ALPHA] Start time of the process since unix epoch in seconds.',
): Family {
  return gauge('process_start_time_seconds', help, plain(Math.floor(startedAt / 1000)))
}
