import { expect, test } from 'vitest'
import {
  fakeTagger,
  fixture,
  rowsOf,
  runProvider,
  type Setting,
} from '../../../../test/helpers/agent-provider.ts'
import { indexPods, parsePodList } from '../../store/workload.ts'
import { summary } from './summary.ts'

const PENDING = 'd2dfd16e-e829-4f66-91d5-f9233ca7332b'
const INIT = '80bd9ebe296615341c68d571e843d800fb4a75bef696d858065572ab4e49920b'

const status = (name: string, id: string): object => ({
  name,
  image: `${name}:1`,
  imageID: '',
  containerID: `docker://${id}`,
  restartCount: 0,
  state: {},
  lastState: {},
})

/** The pod store of upstream's test: names differ from the summary's on purpose, only uids matter. */
const PODS = JSON.stringify({
  items: [
    {
      metadata: { name: 'other-name', namespace: 'other', uid: 'foobar' },
      spec: { containers: [] },
      status: {
        phase: 'Running',
        containerStatuses: [
          status('agent', 'agent-01'),
          status('process-agent', 'agent-02'),
          status('security-agent', 'agent-03'),
          status('non-existing-in-summary', 'agent-04'),
        ],
      },
    },
    {
      metadata: { name: 'long-running-init', namespace: 'default', uid: PENDING },
      spec: { containers: [] },
      status: {
        phase: 'Pending',
        containerStatuses: [status('init', INIT), status('main-app', 'not-yet-running')],
      },
    },
  ],
})

const tags = (namespace: string, pod: string, name: string): string[] => [
  `kube_container_name:${name}`,
  `kube_namespace:${namespace}`,
  `pod_name:${pod}`,
]
const agent = (name: string): string[] =>
  tags('datadog-agent-helm', 'datadog-agent-linux-hn9f2', name)

const SETTING: Setting = {
  workload: indexPods(parsePodList(PODS), 0),
  tagger: fakeTagger({
    foobar: ['app:datadog-agent'],
    [PENDING]: ['app:pending-pod'],
    'agent-01': agent('agent'),
    'agent-02': agent('process-agent'),
    'agent-03': agent('security-agent'),
    'agent-04': agent('non-existing-in-summary'),
    [INIT]: tags('default', 'long-running-init', 'init'),
    'not-yet-running': tags('default', 'long-running-init', 'main-app'),
  }),
  instance: {
    useStatsSummaryAsSource: true,
    enabledRates: [
      'diskio[.]io_service_bytes[.]stats[.]total',
      'network[.].._bytes',
      'cpu[.].*[.]total',
      '(broken',
    ],
  },
  answers: { '/stats/summary': fixture('datadog/summary.json') },
}

const CONTAINERS: Readonly<Record<string, readonly (string | number)[]>> = {
  'cpu.usage.total': [45241120000, 6361765000, 6903135000, 9927000],
  'memory.working_set': [80461824, 52338688, 68685824, 229376],
  'memory.usage': [85618688, 52842496, 69447680, 229376],
  'filesystem.usage': [94208, 102400, 69632, 28672],
  'filesystem.usage_pct': [
    9.070208938178244e-7, 9.858922758889397e-7, 6.704067476044789e-7, 1.4589260524364285e-7,
  ],
}
const COLUMNS = [
  agent('agent'),
  agent('security-agent'),
  agent('process-agent'),
  tags('default', 'long-running-init', 'init'),
]

test('as the source of everything the summary gives the 28 gauges and 8 rates of the upstream test', async () => {
  const { calls } = await runProvider(summary, SETTING)
  expect(calls.filter(({ call }) => call === 'gauge')).toHaveLength(28)
  expect(
    calls
      .filter(({ call }) => call === 'rate')
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    ...new Array<string>(4).fill('kubernetes.cpu.usage.total'),
    ...new Array<string>(2).fill('kubernetes.network.rx_bytes'),
    ...new Array<string>(2).fill('kubernetes.network.tx_bytes'),
  ])
  const containers = Object.entries(CONTAINERS).flatMap(([metric, values]) =>
    values.map((value, column) => [metric, value, ...(COLUMNS[column] ?? [])].join(' ')),
  )
  expect(rowsOf(calls).sort()).toEqual(
    [
      'node.filesystem.usage 14517391360',
      'node.filesystem.usage_pct 0.13977132820196123',
      'node.image.filesystem.usage 10980311040',
      'node.image.filesystem.usage_pct 0.10571683438666064',
      'kubelet.memory.rss 77819904',
      'kubelet.memory.usage 147464192',
      'kubelet.cpu.usage 42549809',
      'runtime.memory.rss 219836416',
      'runtime.memory.usage 1521729536',
      'runtime.cpu.usage 58035303',
      'ephemeral_storage.usage 17596416 app:datadog-agent',
      'ephemeral_storage.usage 32768 app:pending-pod',
      'network.tx_bytes 958986495 app:datadog-agent',
      'network.tx_bytes 1146 app:pending-pod',
      'network.rx_bytes 870160903 app:datadog-agent',
      'network.rx_bytes 0 app:pending-pod',
      ...containers,
    ].sort(),
  )
})

test('by default only the node, system containers and ephemeral storage come from the summary', async () => {
  const { calls } = await runProvider(summary, { ...SETTING, instance: {} })
  expect(calls).toHaveLength(12)
  expect(calls.every(({ call }) => call === 'gauge')).toBe(true)
})

test("a 401 is an error in the Agent's words, and nothing is sent", async () => {
  const answers = { '/stats/summary': { status: 401, body: 'Unauthorized' } }
  await expect(runProvider(summary, { ...SETTING, answers })).rejects.toThrow(
    `couldn't fetch "statssummary": unexpected status code 401 on https://10.0.0.5:10250/stats/summary: Unauthorized`,
  )
})

test('a pod that the pod list does not know is logged and left out', async () => {
  const { calls, logged } = await runProvider(summary, { ...SETTING, workload: indexPods([], 0) })
  expect(calls).toHaveLength(10)
  expect(logged.filter((line) => line.includes('is not in the pod list'))).toHaveLength(2)
})
