import { expect, test } from 'vitest'
import { FAKE_TAGS } from '../../../../test/helpers/agent-fake-tags.ts'
import {
  countByName,
  fakeTagger,
  fixture,
  rowsOf,
  runProvider,
} from '../../../../test/helpers/agent-provider.ts'
import { kubeletMetrics } from './kubelet-metrics.ts'

const SETTING = {
  pods: fixture('datadog/pods.json'),
  tagger: fakeTagger(FAKE_TAGS),
  exclude: ['name:agent-excluded', 'image:^hkaj/demo-app$'],
  answers: { '/metrics': fixture('datadog/kubelet_metrics_1_21.txt') },
}

test('names and numbers of calls are those that the upstream test and the rules give', async () => {
  const { calls } = await runProvider(kubeletMetrics, SETTING)
  expect(countByName(calls)).toEqual({
    'apiserver.certificate.expiration.count': 15,
    'apiserver.certificate.expiration.sum': 1,
    go_goroutines: 1,
    go_threads: 1,
    'kubelet.container.log_filesystem.used_bytes': 34,
    'kubelet.cpu_manager.pinning_errors_total': 1,
    'kubelet.cpu_manager.pinning_requests_total': 1,
    'kubelet.evictions': 2,
    'kubelet.network_plugin.latency.count': 36,
    'kubelet.network_plugin.latency.sum': 3,
    'kubelet.pleg.discard_events': 1,
    'kubelet.pleg.last_seen': 1,
    'kubelet.pleg.relist_duration.count': 12,
    'kubelet.pleg.relist_duration.sum': 1,
    'kubelet.pleg.relist_interval.count': 12,
    'kubelet.pleg.relist_interval.sum': 1,
    'kubelet.pod.start.duration.count': 12,
    'kubelet.pod.start.duration.sum': 1,
    'kubelet.pod.worker.start.duration.count': 12,
    'kubelet.pod.worker.start.duration.sum': 1,
    'kubelet.runtime.errors': 1,
    'kubelet.runtime.operations': 17,
    'kubelet.runtime.operations.duration.count': 255,
    'kubelet.runtime.operations.duration.sum': 17,
    'rest.client.latency.count': 352,
    'rest.client.latency.sum': 32,
    'rest.client.requests': 8,
  })
  const monotonic = new Set(
    calls.filter(({ call }) => call === 'monotonic_count').map(({ name }) => name),
  )
  expect([...monotonic].sort()).toEqual([
    'kubernetes.kubelet.cpu_manager.pinning_errors_total',
    'kubernetes.kubelet.cpu_manager.pinning_requests_total',
    'kubernetes.kubelet.evictions',
    'kubernetes.kubelet.pleg.discard_events',
  ])
})

test.each([
  'kubelet.evictions 3 eviction_signal:allocatableMemory.available',
  'kubelet.evictions 3 eviction_signal:memory.available',
  'kubelet.pleg.discard_events 0',
  'kubelet.container.log_filesystem.used_bytes 5242822656 kube_container_name:datadog-agent kube_namespace:default',
  'kubelet.container.log_filesystem.used_bytes 24576',
  'kubelet.network_plugin.latency.count 14 operation_type:get_pod_network_status upper_bound:5000.000000',
  'kubelet.pod.start.duration.count 30 upper_bound:5000.000000',
  'kubelet.pod.worker.start.duration.count 30 upper_bound:5000.000000',
  'kubelet.runtime.operations.duration.count 177 operation_type:container_status upper_bound:5000.000000',
  'kubelet.network_plugin.latency.sum 1126839.2169999992 operation_type:get_pod_network_status',
  // Upstream's test spells the same doubles 202368874.00600008 and 1204396.2709999991.
  'kubelet.pod.start.duration.sum 202368874.00600007',
  'kubelet.pod.worker.start.duration.sum 26680.296',
  'kubelet.runtime.operations.duration.sum 1204396.270999999 operation_type:container_status',
])('%s', async (row) => {
  expect(rowsOf((await runProvider(kubeletMetrics, SETTING)).calls)).toContain(row)
})

test('bounds that are not converted keep their text, and a url is cut to its path', async () => {
  const { calls } = await runProvider(kubeletMetrics, SETTING)
  const url = 'url:/api/v1/namespaces/{namespace}/configmaps'
  const bounds = calls
    .filter(
      ({ name, tags }) =>
        name.endsWith('rest.client.latency.count') &&
        tags.includes(url) &&
        tags.includes('verb:GET'),
    )
    .flatMap(({ tags }) => tags.filter((tag) => tag.startsWith('upper_bound:')))
  for (const bound of [
    '0.001',
    '0.002',
    '0.004',
    '0.008',
    '0.016',
    '0.032',
    '0.064',
    '0.128',
    '0.256',
    '0.512',
  ]) {
    expect(bounds).toContain(`upper_bound:${bound}`)
  }
  expect(bounds.some((bound) => /inf/i.test(bound))).toBe(false)
})

test('the log of an excluded container is not reported', async () => {
  const { calls } = await runProvider(kubeletMetrics, SETTING)
  expect(calls.some(({ value }) => value === 5227072)).toBe(false)
})

test('a histogram may go without its buckets, and its NaN is skipped', async () => {
  const text = `# TYPE kubelet_pod_start_duration_seconds histogram
kubelet_pod_start_duration_seconds_bucket{le="1"} 2
kubelet_pod_start_duration_seconds_bucket{le="+Inf"} 3
kubelet_pod_start_duration_seconds_sum NaN
kubelet_pod_start_duration_seconds_count 3
`
  const instance = { sendHistogramsBuckets: false }
  const { calls } = await runProvider(kubeletMetrics, { instance, answers: { '/metrics': text } })
  expect(rowsOf(calls)).toEqual(['kubelet.pod.start.duration.count 3'])
})
