import { describe, expect, test } from 'vitest'
import {
  codes,
  expectedOf,
  numberIn,
  sentRow,
  sentRows,
} from '../../../../test/helpers/agent-expected.ts'
import {
  fakeTagger,
  fixture,
  rowsOf,
  runProvider,
  type Setting,
} from '../../../../test/helpers/agent-provider.ts'
import { health } from './health.ts'
import { node } from './node.ts'
import { probe } from './probe.ts'
import { createKubeletMemory } from './provider.ts'
import { slis } from './slis.ts'

interface PodList {
  items: {
    metadata: { name: string; namespace: string }
    status: { containerStatuses: { name: string; containerID: string }[] }
  }[]
}

const tagsFor = (namespace = '', pod = '', container = ''): string[] => [
  `kube_namespace:${namespace}`,
  `pod_name:${pod}`,
  `kube_container_name:${container}`,
]

describe('probe', () => {
  const EXPECTED = expectedOf('probes.txt')
  const pods = fixture('datadog/pod_list_probes.json')
  /** The page's container names, with the namespace and pod that the pod list has for the id. */
  const tags = Object.fromEntries(
    EXPECTED.table('container id', 'kube_container_name').map(([id = '', name = '']) => {
      const [bare = ''] = codes(id)
      const owner = (JSON.parse(pods) as PodList).items.find(({ status }) =>
        status.containerStatuses.some(({ containerID }) => containerID.endsWith(bare)),
      )
      const container = name.split(' ')[0] ?? ''
      return [bare, tagsFor(owner?.metadata.namespace, owner?.metadata.name, container)]
    }),
  )
  const setting: Setting = { pods, tagger: fakeTagger(tags), exclude: ['name:fluentbit-gke'] }
  const answers = { '/metrics/probes': fixture('datadog/probes.txt') }

  test('each row of the table is sent as a gauge, and nothing else', async () => {
    const { calls } = await runProvider(probe, { ...setting, answers })
    const rows = EXPECTED.table('metric', 'value', 'kube_namespace').map(
      ([metric, value, namespace, pod, container]) =>
        sentRow(
          'gauge',
          codes(metric)[0] ?? '',
          numberIn(value),
          tagsFor(namespace, pod, container),
        ),
    )
    expect(sentRows(calls)).toEqual(rows.sort())
    expect(calls).toHaveLength(EXPECTED.number(/\*\*(\d+)\*\* calls/))
  })

  test('the endpoint may be switched off, and not be moved', async () => {
    const ask = (probesMetricsEndpoint: string): ReturnType<typeof runProvider> =>
      runProvider(probe, { ...setting, answers, instance: { probesMetricsEndpoint } })
    expect((await ask('')).calls).toEqual([])
    const elsewhere = await ask('https://elsewhere:1/probes')
    expect(elsewhere.asked).toEqual(['/metrics/probes'])
    expect(elsewhere.calls).not.toEqual([])
  })

  test('a 404, and a node without pods, give nothing and no error', async () => {
    expect((await runProvider(probe, setting)).calls).toEqual([])
    expect((await runProvider(probe, { answers })).calls).toEqual([])
    // Not switched off by it, as slis is.
    const memory = createKubeletMemory()
    await runProvider(probe, { ...setting, memory })
    expect((await runProvider(probe, { ...setting, memory, answers })).calls).not.toEqual([])
  })

  test('a request without an answer is an error', async () => {
    const failing = { '/metrics/probes': new Error('context deadline exceeded') }
    await expect(runProvider(probe, { answers: failing })).rejects.toThrow(
      'context deadline exceeded',
    )
  })
})

describe('node', () => {
  test('an old kubelet tells the size of the node', async () => {
    const { calls } = await runProvider(node, {
      answers: { '/spec/': fixture('datadog/node_spec.json') },
    })
    const rows = expectedOf('node_spec.json').table('metric', 'type', 'value', 'tags')
    expect(sentRows(calls)).toEqual(
      rows.map(([metric, , value, tags]) =>
        sentRow('gauge', codes(metric)[0] ?? '', numberIn(value), codes(tags)),
      ),
    )
  })

  test('a current kubelet has no /spec/: nothing is sent', async () => {
    expect((await runProvider(node, {})).calls).toEqual([])
  })

  test('a request without an answer is an error', async () => {
    const failing = { '/spec/': new Error('context deadline exceeded') }
    await expect(runProvider(node, { answers: failing })).rejects.toThrow('context deadline')
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
