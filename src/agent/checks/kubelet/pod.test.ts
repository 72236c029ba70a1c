import { describe, expect, test } from 'vitest'
import {
  codes,
  expectedOf,
  fakeTags,
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
import { pod } from './pod.ts'

const setting = (file: string): Setting => ({
  pods: fixture(`datadog/${file}`),
  tagger: fakeTagger(fakeTags()),
  exclude: ['name:agent-excluded'],
})

describe.each(['pods.json', 'pods_requests_limits.json'])('%s', (file) => {
  test('gives each row of the table as often as it says, and nothing else', async () => {
    const { calls } = await runProvider(pod, setting(file))
    const rows = expectedOf(file).table('metric', 'value', 'tags besides `instance_tag:something`')
    const expected = rows.flatMap(([metric, value, tags, times]) => {
      const row = sentRow('gauge', codes(metric)[0] ?? '', numberIn(value), codes(tags))
      return new Array<string>(numberIn(times)).fill(row)
    })
    expect(sentRows(calls)).toEqual(expected.sort())
  })
})

test("the ten pods give as many gauges as upstream's own test counts", async () => {
  const { calls } = await runProvider(pod, setting('pods.json'))
  expect(calls).toHaveLength(expectedOf('pods.json').number(/\*\*(\d+) gauge calls\*\*/))
})

const absent = expectedOf('pods.json').table('must not appear', 'because')
test.each(absent.map(([what = '', why = '']) => ({ what, why })))(
  '$what: not sent, because $why',
  async ({ what }) => {
    const words = codes(what)
    const tag = words.pop() ?? ''
    const names = words.map((one) => new RegExp(`^${one.replace('*', '.*')}$`))
    const { calls } = await runProvider(pod, setting('pods.json'))
    expect(names.length).toBeGreaterThan(0)
    expect(calls.some(({ name }) => names.some((one) => one.test(name)))).toBe(true)
    expect(
      calls.filter(({ name, tags }) => names.some((one) => one.test(name)) && tags.includes(tag)),
    ).toEqual([])
  },
)

test('an excluded container still counts as running and reports nothing else', async () => {
  const { calls } = await runProvider(pod, {
    pods: fixture('datadog/pods_requests_limits.json'),
    tagger: fakeTagger(fakeTags()),
    exclude: ['kube_namespace:.*'],
  })
  expect(rowsOf(calls)).toEqual([
    'pods.expired 0',
    'containers.running 1 kube_namespace:default pod_name:cassandra-0',
  ])
})

test('waiting and terminated reasons are reported lower case, and only the known ones', async () => {
  const status = (name: string, rest: object): object => ({
    name,
    image: 'a:1',
    imageID: '',
    ready: false,
    restartCount: 3,
    containerID: `docker://${name}`,
    lastState: {},
    ...rest,
  })
  const list = {
    items: [
      {
        metadata: {
          name: 'a',
          namespace: 'n',
          uid: 'u',
          deletionTimestamp: '2026-01-12T09:30:00Z',
        },
        spec: { containers: [{ name: 'x' }, { name: 'y' }] },
        status: {
          phase: 'Running',
          conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Deferred' }],
          containerStatuses: [
            status('x', {
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { reason: 'OOMKilled' } },
            }),
            status('y', { state: { waiting: { reason: 'PodInitializing' } } }),
            status('z', { state: { waiting: { reason: 'CrashLoopBackOff' } } }),
          ],
        },
      },
    ],
  }
  const tagger = fakeTagger({
    u: ['pod:a'],
    x: ['kube_namespace:n'],
    y: ['kube_namespace:n'],
    z: ['kube_namespace:n'],
  })
  const { calls } = await runProvider(pod, { pods: JSON.stringify(list), tagger })
  expect(rowsOf(calls)).toEqual([
    'pods.expired 0',
    'pod.terminating.duration 5 pod:a',
    'pod.resize.pending 1 pod:a reason:deferred',
    'containers.restarts 3 kube_namespace:n',
    'containers.state.waiting 1 kube_namespace:n reason:crashloopbackoff',
    'containers.last_state.terminated 1 kube_namespace:n reason:oomkilled',
    'containers.restarts 3 kube_namespace:n',
    // `z` has a status and no spec: counted where it runs, not reported.
  ])
})

test('nothing is sent as long as no pod list was read', async () => {
  expect((await runProvider(pod, {})).calls).toEqual([])
})
