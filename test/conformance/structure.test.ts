import { beforeAll, expect, test } from 'vitest'
import { PODS, type Pod, type PolicyRule } from '../../src/kube/index.ts'
import { waitFor } from '../../src/core/index.ts'
import { answersOf } from './answers.ts'
import { onEachTarget } from './each-target.ts'
import { normal, without } from './normal.ts'
import { rowsOf, type Row } from './rows.ts'
import { only, shapeOf } from './shape.ts'
import { shell, type Account } from './target.ts'
import { pod } from './tenant-workload.ts'

/**
 * What the kubelet's bodies are made of, for one and the same pod: fields and their types, level by level; families, their
 * types and the names of their labels. Fields and families that came after 1.20 are left out by name where all of a level
 * is compared; what they are in 1.36 is compared with a recording (test/kubelet-api.test.ts).
 */

const READ: readonly PolicyRule[] = [
  {
    verbs: ['get'],
    apiGroups: [''],
    resources: ['nodes/proxy', 'nodes/stats', 'nodes/metrics'],
  },
]
/** Came after 1.20, by Kubernetes' own change logs. */
const NEWER = new Set([
  ...['psi', 'io', 'swap', 'containerFs', 'generation', 'observedGeneration', 'hostIPs'],
  ...['resources', 'allocatedResources', 'volumeMounts', 'user', 'started', 'managedFields'],
])

/** Of rows of cadvisor that only one of the targets has; `/metrics/cadvisor: families` says which families. */
const ONE_SIDED = new Set([
  // Disks' counters, which neither 1.36 with containerd nor the lab has for containers, and the other way round.
  ...['container_fs_io_current', 'container_fs_io_time_seconds_total'],
  ...['container_fs_io_time_weighted_seconds_total', 'container_fs_read_seconds_total'],
  ...['container_fs_write_seconds_total', 'container_fs_reads_merged_total'],
  ...['container_fs_writes_merged_total', 'container_fs_sector_reads_total'],
  ...['container_fs_sector_writes_total', 'container_fs_reads_bytes_total'],
  ...['container_fs_writes_bytes_total'],
  // Not measured by the lab, though 1.36 has them.
  ...['container_memory_failcnt', 'container_tasks_state', 'container_threads_max'],
  ...['container_ulimits_soft', 'machine_nvm_avg_power_budget_watts', 'machine_nvm_capacity'],
  // Came after 1.20.
  'machine_swap_bytes',
])
/** Of a pod's own rows besides: the lab has disks and no descriptors there; 1.20 found no CPU, its cgroup being elsewhere. */
const ONE_SIDED_OF_PODS = new Set([
  ...['container_fs_reads_total', 'container_fs_writes_total', 'container_cpu_usage_seconds_total'],
  ...['container_file_descriptors', 'container_sockets'],
])

type Fields = Record<string, unknown>
interface Summary {
  readonly node: Fields & Record<'cpu' | 'memory' | 'fs' | 'network' | 'rlimit' | 'runtime', Fields>
  readonly pods: readonly (Fields & {
    readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string }
    readonly containers: readonly (Fields & { readonly name: string })[]
    readonly volume: readonly (Fields & { readonly name: string })[]
  })[]
}

const answers = answersOf('structure')
onEachTarget((target) => {
  let reader: Account
  let made: Pod
  let summary: Summary
  let listed: Pod
  let cadvisor: string
  const read = async (path: string): Promise<string> => {
    const { status, text } = await target().kubelet(path, { token: reader.token })
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    return text
  }
  const isOurs = ({ labels }: Row): boolean =>
    labels['namespace'] === made.metadata.namespace && labels['pod'] === 'whole'
  const check = (title: string, answer: unknown): void => {
    const { namespace = '', uid = '' } = made.metadata
    const names = { [namespace]: 'NAMESPACE', [uid]: 'UID', [target().facts.nodeName]: 'NODE' }
    answers.check(target(), title, normal(answer, names))
  }
  const podOf = ({ pods }: Summary): Summary['pods'][number] | undefined =>
    pods.find(({ podRef }) => podRef.uid === made.metadata.uid)

  beforeAll(async () => {
    const namespace = await target().namespace()
    reader = await target().account(namespace, READ)
    made = await target().runPod(wholePod(namespace))
    summary = await waitFor(
      'the pod with its rates and volumes in the summary',
      async () => {
        const found = JSON.parse(await read('/stats/summary')) as Summary
        const own = podOf(found)
        const isWhole = JSON.stringify(own?.containers).includes('usageNanoCores')
        return isWhole && own?.volume !== undefined ? found : undefined
      },
      { timeoutMs: 90_000, intervalMs: 1000 },
    )
    const list = JSON.parse(await read('/pods')) as { items: Pod[] }
    listed = list.items.find(({ metadata }) => metadata.uid === made.metadata.uid) ?? made
    cadvisor = await read('/metrics/cadvisor')
  })

  test('/pods: the list', async () => {
    const list = JSON.parse(await read('/pods')) as Record<string, unknown>
    check('/pods: the list', { ...list, items: Array.isArray(list['items']) })
  })
  test('/pods: metadata', () => {
    check('/pods: metadata', shapeOf(listed.metadata, NEWER))
  })
  test('/pods: annotations', () => {
    const { annotations } = listed.metadata
    check('/pods: annotations', without(annotations ?? {}, 'kubernetes.io/config.seen'))
    expect(annotations?.['kubernetes.io/config.seen']).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
    )
  })
  test('/pods: spec is what the API server has', async () => {
    const { namespace = '', name = '' } = made.metadata
    const stored = await target().admin.get<Pod>(PODS, { namespace, name })
    expect(listed.spec).toEqual(stored.spec)
    check('/pods: spec', shapeOf(listed.spec, NEWER))
  })
  test('/pods: status', () => {
    const { containerStatuses = [], conditions = [], ...status } = listed.status ?? {}
    check('/pods: status', shapeOf(status, NEWER))
    check('/pods: status of a container', shapeOf(containerStatuses[0], NEWER))
    const old = conditions.filter(({ type }) => type !== 'PodReadyToStartContainers')
    check('/pods: conditions', shapeOf(old, NEWER))
    check('/pods: qos and addresses', {
      qos: status.qosClass,
      isHost: status.podIP === status.hostIP,
      ips: status.podIPs?.length,
    })
  })
  test('/runningpods/', async () => {
    const list = JSON.parse(await read('/runningpods/')) as { items: Pod[] }
    const own = list.items.find(({ metadata }) => metadata.uid === made.metadata.uid)
    check('/runningpods/: the list', only(list, 'kind', 'apiVersion', 'metadata'))
    // 1.20 writes the empty time of its creation out.
    check('/runningpods/: a pod', shapeOf(own, new Set([...NEWER, 'creationTimestamp'])))
  })

  test('/stats/summary: the list', () => {
    check('/stats/summary: the list', shapeOf(Object.keys(summary)))
    check('/stats/summary: the node', Object.keys(without(summary.node, ...NEWER)).toSorted())
  })
  test.each(['cpu', 'memory', 'fs', 'rlimit', 'network', 'runtime'] as const)(
    '/stats/summary: the node’s %s',
    (key) => {
      const { interfaces, ...part } = summary.node[key] as Fields & { interfaces?: object[] }
      check(`/stats/summary: the node’s ${key}`, shapeOf(part, NEWER))
      if (interfaces) check('/stats/summary: an interface', shapeOf(interfaces[0]))
    },
  )
  test('/stats/summary: system containers', () => {
    const found = summary.node['systemContainers'] as (Fields & { name: string })[]
    const pods = found.find(({ name }) => name === 'pods')
    check('/stats/summary: the system container pods', shapeOf(pods, NEWER))
  })
  test('/stats/summary: a pod', () => {
    const { containers = [], volume = [], ...own } = podOf(summary) ?? {}
    check('/stats/summary: a pod', shapeOf(own, NEWER))
    check(
      '/stats/summary: a container',
      shapeOf(
        containers.find(({ name }) => name === 'main'),
        NEWER,
      ),
    )
    check('/stats/summary: containers', containers.map(({ name }) => name).toSorted())
    check('/stats/summary: a volume', shapeOf(volume.find(({ name }) => name === 'scratch')))
    check('/stats/summary: volumes', volume.map(({ name }) => name).toSorted())
  })
  test('/stats/summary: its short form', async () => {
    const short = JSON.parse(await read('/stats/summary?only_cpu_and_memory=true')) as Summary
    check(
      '/stats/summary: its short form, the node',
      Object.keys(without(short.node, ...NEWER)).toSorted(),
    )
    check('/stats/summary: its short form, a pod', shapeOf(podOf(short), NEWER))
  })

  test('/metrics/cadvisor: families', () => {
    check('/metrics/cadvisor: families', [...familiesOf(cadvisor).keys()].toSorted())
  })
  test('/metrics/cadvisor: types and labels of a container’s rows', () => {
    const found = shapesOf(cadvisor, (row) => isOurs(row) && row.labels['container'] === 'main')
    check('/metrics/cadvisor: types and labels of a container’s rows', without(found, ...ONE_SIDED))
  })
  test('/metrics/cadvisor: types and labels of a pod’s rows', () => {
    const found = shapesOf(cadvisor, (row) => isOurs(row) && row.labels['container'] === '')
    check(
      '/metrics/cadvisor: types and labels of a pod’s rows',
      without(found, ...ONE_SIDED, ...ONE_SIDED_OF_PODS),
    )
  })
  test('/metrics/cadvisor: types and labels of the machine’s rows', () => {
    const found = shapesOf(
      cadvisor,
      ({ name }) => name.startsWith('machine_') || name === 'cadvisor_version_info',
    )
    check('/metrics/cadvisor: types and labels of the machine’s rows', without(found, ...ONE_SIDED))
  })
  test('/metrics/cadvisor: what the labels of a container hold', () => {
    const row = rowsOf(cadvisor).find(
      (each) =>
        each.name === 'container_memory_working_set_bytes' &&
        isOurs(each) &&
        each.labels['container'] === 'main',
    )
    const id = listed.status?.containerStatuses?.find(({ name }) => name === 'main')?.containerID
    const bare = (id ?? '').replace('docker://', '')
    const { image, ...labels } = row?.labels ?? {}
    expect(image).not.toBe('')
    const text = JSON.stringify(labels).replaceAll(bare, 'CONTAINER')
    check('/metrics/cadvisor: what the labels of a container hold', JSON.parse(text))
  })

  test('/metrics/resource', async () => {
    const text = await read('/metrics/resource')
    check('/metrics/resource: families', [...familiesOf(text).keys()].toSorted())
    const ofContainer = shapesOf(text, (row) => isOurs(row) && 'container' in row.labels)
    const later = ['start_time_seconds', 'swap_limit_bytes', 'swap_usage_bytes']
    check(
      '/metrics/resource: a container',
      without(ofContainer, ...later.map((name) => `container_${name}`)),
    )
    const ofNode = shapesOf(text, ({ name }) => name.startsWith('node_'))
    check('/metrics/resource: the node', without(ofNode, 'node_swap_usage_bytes'))
  })
  test('/metrics/probes', async () => {
    const text = await read('/metrics/probes')
    check('/metrics/probes: families', [...familiesOf(text).keys()].toSorted())
    check(
      '/metrics/probes: a pod',
      without(shapesOf(text, isOurs), 'prober_probe_duration_seconds'),
    )
    const results = rowsOf(text).filter((row) => isOurs(row) && row.name === 'prober_probe_total')
    const told = results.map(
      ({ labels }) => `${labels['probe_type'] ?? ''} ${labels['result'] ?? ''}`,
    )
    expect(told).toContain('Readiness successful')
  })
  test('/metrics: types of the kubelet’s own', async () => {
    const families = familiesOf(await read('/metrics'))
    const types = OWN.map((name) => [name, families.get(name) ?? 'not there'])
    check('/metrics: types of the kubelet’s own', Object.fromEntries(types))
  })
})

/** What agents read of the kubelet itself, and is in both versions. */
const OWN = [
  ...['kubelet_running_pods', 'kubelet_running_containers', 'kubelet_node_name'],
  ...['kubelet_runtime_operations_total', 'kubelet_runtime_operations_duration_seconds'],
  ...['kubelet_pleg_relist_duration_seconds', 'kubelet_pleg_relist_interval_seconds'],
  ...['kubelet_pod_start_duration_seconds', 'kubelet_pod_worker_duration_seconds'],
  ...['kubelet_pod_worker_start_duration_seconds', 'kubelet_run_podsandbox_duration_seconds'],
  ...['kubelet_http_requests_total', 'kubelet_http_requests_duration_seconds'],
  ...['kubelet_http_inflight_requests', 'kubelet_pleg_last_seen_seconds'],
  ...['rest_client_requests_total'],
  ...['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds'],
  ...['process_start_time_seconds', 'process_virtual_memory_bytes', 'process_max_fds'],
]

/** Families by name, with their types. */
function familiesOf(text: string): ReadonlyMap<string, string> {
  const types = text.matchAll(/^# TYPE (\S+) (\S+)$/gm)
  return new Map([...types].map(([, name = '', type = '']) => [name, type]))
}

/** For each family with such a row: its type and the names of the row's labels in order. */
function shapesOf(text: string, isWanted: (row: Row) => boolean): Record<string, string> {
  const families = familiesOf(text)
  const found = rowsOf(text)
    .filter(isWanted)
    .map(({ name, labels }) => {
      const family = families.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
      const names = Object.keys(labels).filter((label) => label !== 'le')
      return [family, `${families.get(family) ?? 'untyped'} {${names.join()}}`] as const
    })
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function wholePod(namespace: string): Pod {
  const base = pod(namespace, 'whole')
  const [main] = base.spec.containers
  if (main === undefined) throw new Error('no container')
  return {
    ...base,
    metadata: { ...base.metadata, annotations: { note: 'hello' } },
    spec: {
      ...base.spec,
      containers: [
        {
          ...main,
          readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
          resources: {
            requests: { cpu: '100m', memory: '32Mi' },
            limits: { cpu: '500m', memory: '64Mi' },
          },
          volumeMounts: [{ name: 'scratch', mountPath: '/volumes/scratch' }],
        },
        shell('second', 'while true; do sleep 1; done'),
      ],
      volumes: [{ name: 'scratch', emptyDir: {} }],
    },
  }
}
