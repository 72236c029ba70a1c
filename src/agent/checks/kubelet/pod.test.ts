import { expect, test } from 'vitest'
import { FAKE_TAGS } from '../../../../test/helpers/agent-fake-tags.ts'
import {
  fakeTagger,
  fixture,
  rowsOf,
  runProvider,
} from '../../../../test/helpers/agent-provider.ts'
import { pod } from './pod.ts'

const FLUENTD =
  'kube_container_name:fluentd-gcp kube_deployment:fluentd-gcp-v2.0.10 kube_namespace:default'
const EXPORTER = FLUENTD.replace(':fluentd-gcp ', ':prometheus-to-sd-exporter ')
const AGENT = 'kube_container_name:datadog-agent kube_namespace:default'
const DEMO = 'kube_namespace:default pod_name:demo-app-success-c485bc67b-klj45'
const RUNNING_INIT = 'kube_container_name:running-init kube_namespace:default'
const WEB =
  'kube_namespace:default kube_service:nginx kube_stateful_set:web namespace:default persistentvolumeclaim:www-web-2'

/** row → how often */
const PODS: Readonly<Record<string, number>> = {
  [`containers.restarts 0 ${AGENT}`]: 2,
  [`containers.restarts 0 ${FLUENTD}`]: 2,
  [`containers.restarts 0 ${FLUENTD.replace(':fluentd-gcp ', ':init ')}`]: 1,
  [`containers.restarts 0 ${EXPORTER}`]: 2,
  [`containers.restarts 0 ${RUNNING_INIT}`]: 1,
  [`containers.restarts 0 ${DEMO}`]: 1,
  [`containers.running 1 ${AGENT}`]: 1,
  [`containers.running 2 ${FLUENTD}`]: 1,
  [`containers.running 2 ${EXPORTER}`]: 1,
  [`containers.running 1 ${RUNNING_INIT}`]: 1,
  [`containers.running 1 ${DEMO}`]: 1,
  [`cpu.limits 0.25 ${AGENT}`]: 1,
  [`cpu.requests 0.1 ${AGENT}`]: 2,
  [`cpu.requests 0.1 ${FLUENTD}`]: 2,
  [`cpu.requests 0.05 ${RUNNING_INIT}`]: 1,
  [`cpu.requests 0.1 ${DEMO}`]: 1,
  [`memory.limits 536870912 ${AGENT}`]: 1,
  [`memory.limits 314572800 ${FLUENTD}`]: 2,
  [`memory.limits 157286400 ${RUNNING_INIT}`]: 1,
  [`memory.requests 134217728 ${AGENT}`]: 1,
  [`memory.requests 209715200 ${FLUENTD}`]: 2,
  [`memory.requests 104857600 ${RUNNING_INIT}`]: 1,
  'pods.expired 1': 1,
  [`pods.running 1 ${WEB} persistentvolumeclaim:www2-web-3 pod_phase:running`]: 1,
  [`pods.running 1 ${WEB} pod_phase:running`]: 1,
  'pods.running 1 pod_name:datadog-agent-jbm2k': 1,
  'pods.running 1 pod_name:demo-app-success-c485bc67b-klj45': 1,
  'pods.running 1 pod_name:fluentd-gcp-v2.0.10-9q9t4': 1,
  'pods.running 1 pod_name:fluentd-gcp-v2.0.10-p13r3': 1,
}

test("ten pods give the 36 gauges that upstream's own test expects", async () => {
  const { calls } = await runProvider(pod, {
    pods: fixture('datadog/pods.json'),
    tagger: fakeTagger(FAKE_TAGS),
    exclude: ['name:agent-excluded'],
  })
  expect(
    calls.every(({ call, tags }) => call === 'gauge' && tags.includes('instance_tag:something')),
  ).toBe(true)
  expect(calls).toHaveLength(36)
  const expected = Object.entries(PODS).flatMap(([row, times]) =>
    new Array<string>(times).fill(row),
  )
  expect(rowsOf(calls).sort()).toEqual(expected.sort())
})

test('requests and limits of every named resource are sent, in cores and bytes', async () => {
  const { calls } = await runProvider(pod, {
    pods: fixture('datadog/pods_requests_limits.json'),
    tagger: fakeTagger(FAKE_TAGS),
  })
  const tags = 'kube_namespace:default pod_name:cassandra-0'
  expect(rowsOf(calls).sort()).toEqual([
    `containers.restarts 0 ${tags}`,
    `containers.running 1 ${tags}`,
    `cpu.limits 0.5 ${tags}`,
    `cpu.requests 0.5 ${tags}`,
    `ephemeral-storage.limits 2147483648 ${tags}`,
    `ephemeral-storage.requests 524288000 ${tags}`,
    `memory.limits 1073741824 ${tags}`,
    `memory.requests 1073741824 ${tags}`,
    'pods.expired 0',
    // The pod itself has no tags here, so it is not counted as running.
  ])
})

test('an excluded container still counts as running and reports nothing else', async () => {
  const { calls } = await runProvider(pod, {
    pods: fixture('datadog/pods_requests_limits.json'),
    tagger: fakeTagger(FAKE_TAGS),
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
