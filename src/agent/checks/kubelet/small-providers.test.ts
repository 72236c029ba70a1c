import { describe, expect, test } from 'vitest'
import {
  fakeTagger,
  fixture,
  rowsOf,
  runProvider,
} from '../../../../test/helpers/agent-provider.ts'
import { health } from './health.ts'
import { node } from './node.ts'
import { probe } from './probe.ts'
import { createKubeletMemory } from './provider.ts'
import { slis } from './slis.ts'

const TAGS = {
  c81dfc25dd24b538a880bfd0f807ba9ec1ff4541e8b8eb49a8d1afcdecc5ef59: ['agent'],
  efa5b57cc110de6d2ca3b4a0e12c0a378090530e5e2d0ba0882dffe9c5846067: ['fluentbit'],
  '3102f0d9499c5cd0875225208e3d048e3a9d829f5cdd74758b2d79a429a579fa': ['fluentbit-gke'],
  b13f7638c80c98946900bdeabec06be564d203330f5bb706a40e6fa7466a674d: ['kubedns'],
  '2c3f5608164033a850c9acbbfdb7fffa6ce1f68feedb1b8dad99777373c35b16': ['sidecar'],
  '0d8eea0b23688a4c3fbc29828b455734b323d6aac085c88f8f112e296cd5b521': ['dnsmasq'],
  '1669a6277ebb44aedd2790ba8bce83d21899ba85b1afde4330caf4a4161eee26': ['calico-node'],
}

describe('probe', () => {
  const setting = {
    pods: fixture('datadog/pod_list_probes.json'),
    tagger: fakeTagger(TAGS),
    exclude: ['name:fluentbit-gke'],
  }

  test('probe counters become 13 gauges, joined by uid first and by name else, in both label spellings', async () => {
    const answers = { '/metrics/probes': fixture('datadog/probes.txt') }
    const { calls } = await runProvider(probe, { ...setting, answers })
    expect(calls.every(({ call }) => call === 'gauge')).toBe(true)
    expect(rowsOf(calls).sort()).toEqual(
      [
        'liveness_probe.success.total 3 agent',
        'readiness_probe.success.total 3 agent',
        'liveness_probe.success.total 281049 fluentbit',
        'liveness_probe.success.total 1686298 kubedns',
        'readiness_probe.success.total 1686303 kubedns',
        'startup_probe.success.total 70 kubedns',
        'startup_probe.failure.total 70 kubedns',
        'liveness_probe.success.total 1686306 calico-node',
        'liveness_probe.failure.total 100 calico-node',
        'readiness_probe.success.total 1686127 calico-node',
        'readiness_probe.failure.total 180 calico-node',
        'liveness_probe.success.total 1686298 sidecar',
        'liveness_probe.success.total 1686298 dnsmasq',
      ].sort(),
    )
  })

  test('a 404, and a node without pods, give nothing and no error', async () => {
    expect((await runProvider(probe, setting)).calls).toEqual([])
    const answers = { '/metrics/probes': fixture('datadog/probes.txt') }
    expect((await runProvider(probe, { answers })).calls).toEqual([])
  })

  test('a request without an answer is an error', async () => {
    const answers = { '/metrics/probes': new Error('context deadline exceeded') }
    await expect(runProvider(probe, { answers })).rejects.toThrow('context deadline exceeded')
  })
})

describe('node', () => {
  test('an old kubelet tells the size of the node', async () => {
    const { calls } = await runProvider(node, {
      answers: { '/spec/': fixture('datadog/node_spec.json') },
    })
    expect(rowsOf(calls)).toEqual(['cpu.capacity 1', 'memory.capacity 3885424640'])
  })

  test('a current kubelet has no /spec/: nothing is sent', async () => {
    expect((await runProvider(node, {})).calls).toEqual([])
  })

  test.each([
    ['Unauthorized', `invalid character 'U' looking for beginning of value`],
    ['Forbidden (user=a)', `invalid character 'F' looking for beginning of value`],
    ['', 'unexpected end of JSON input'],
  ])('a refusal with the body %o is the JSON error that Go gives', async (body, message) => {
    const answers = { '/spec/': { status: 403, body } }
    await expect(runProvider(node, { answers })).rejects.toThrow(message)
  })
})

describe('slis', () => {
  const text = `# TYPE kubernetes_healthcheck gauge
kubernetes_healthcheck{name="ping",type="healthz"} 1
# TYPE kubernetes_healthchecks_total counter
kubernetes_healthchecks_total{name="ping",status="success",type="healthz"} 77
`

  test('the name of a check becomes sli_name, its type is left out', async () => {
    const { calls } = await runProvider(slis, { answers: { '/metrics/slis': text } })
    expect(calls.map(({ call }) => call)).toEqual(['gauge', 'count'])
    expect(rowsOf(calls)).toEqual([
      'slis.kubernetes_healthcheck 1 sli_name:ping',
      'slis.kubernetes_healthchecks_total 77 sli_name:ping status:success',
    ])
  })

  test('after a 404 it is not asked for again', async () => {
    const memory = createKubeletMemory()
    expect((await runProvider(slis, { memory })).asked).toEqual(['/metrics/slis'])
    expect((await runProvider(slis, { memory })).asked).toEqual([])
  })
})

describe('health', () => {
  test('each line is a service check, and one stands for all', async () => {
    const body = '[+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n'
    const { checks } = await runProvider(health, { answers: { '/healthz?verbose': body } })
    expect(checks).toEqual([
      { name: 'kubernetes.kubelet.check.ping', status: 0, message: '' },
      { name: 'kubernetes.kubelet.check.log', status: 0, message: '' },
      { name: 'kubernetes.kubelet.check.syncloop', status: 0, message: '' },
      { name: 'kubernetes.kubelet.check', status: 0, message: '' },
    ])
  })

  test('a failed line makes both its own and the whole check critical', async () => {
    const body = '[+]ping ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n'
    const answers = { '/healthz?verbose': { status: 500, body } }
    const { checks } = await runProvider(health, { answers })
    expect(checks.map(({ status }) => status)).toEqual([0, 2, 2])
    expect(checks.at(-1)?.message).toBe('Kubelet health check failed, http response code = 500')
  })

  test('a 401 is one critical check and no error', async () => {
    const answers = { '/healthz?verbose': { status: 401, body: 'Unauthorized' } }
    const { checks } = await runProvider(health, { answers })
    expect(checks).toEqual([
      {
        name: 'kubernetes.kubelet.check',
        status: 2,
        message: 'Kubelet health check failed, http response code = 401',
      },
    ])
  })
})
