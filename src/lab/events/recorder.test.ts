import { expect, test } from 'vitest'
import { createLogger, manualClock } from '../../core/index.ts'
import { PODS, type KubeClient, type KubeObject } from '../../kube/index.ts'
import { createCorrelator } from './correlate.ts'
import { createEventRecorder, referenceOf } from './index.ts'

const pod = { metadata: { name: 'web-0', namespace: 'shop', uid: 'u1' } }
const about = referenceOf(PODS, pod, 'spec.containers{web}')

function recording(): { client: KubeClient; written: unknown[][] } {
  const written: unknown[][] = []
  const client = {
    create: (_: unknown, event: KubeObject) => {
      written.push(['create', event])
      return Promise.resolve(event)
    },
    patch: (_: unknown, key: unknown, patch: unknown) => {
      written.push(['patch', key, patch])
      return Promise.resolve({})
    },
  } as unknown as KubeClient
  return { client, written }
}

const options = {
  component: 'kubelet',
  host: 'minikube',
  log: createLogger('test', 'silent'),
  signal: new AbortController().signal,
}

test('the same again raises the count and the last time', async () => {
  const { client, written } = recording()
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'))
  const recorder = createEventRecorder({ ...options, client, clock })
  recorder.event(about, 'Warning', 'BackOff', 'Back-off restarting')
  clock.advance(5000)
  recorder.event(about, 'Warning', 'BackOff', 'Back-off restarting')
  await recorder.settled()
  expect(written[0]?.[1]).toMatchObject({
    metadata: { namespace: 'shop', name: expect.stringMatching(/^web-0\.[0-9a-f]{16}$/) as string },
    involvedObject: { kind: 'Pod', apiVersion: 'v1', fieldPath: 'spec.containers{web}' },
    source: { component: 'kubelet', host: 'minikube' },
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    type: 'Warning',
  })
  expect(written[1]?.[2]).toEqual({
    count: 2,
    lastTimestamp: '2026-01-01T00:00:05Z',
    message: 'Back-off restarting',
  })
})

test('the scheduler writes with microseconds and an action', async () => {
  const { client, written } = recording()
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'))
  const recorder = createEventRecorder({ ...options, client, clock, style: 'series' })
  recorder.event(about, 'Normal', 'Scheduled', 'Successfully assigned', 'Binding')
  await recorder.settled()
  expect(written[0]?.[1]).toMatchObject({
    eventTime: '2026-01-01T00:00:00.000000Z',
    firstTimestamp: null,
    action: 'Binding',
    source: {},
  })
})

test('many that differ in their text only are combined, and who talks too much is not heard', () => {
  const correlate = createCorrelator()
  const tell = (message: string, at: number): ReturnType<typeof correlate> =>
    correlate({ about, type: 'Normal', reason: 'Made', message }, at)
  const told = Array.from({ length: 40 }, (_, index) => tell(`made ${index}`, index))
  expect(told[8]?.message).toBe('made 8')
  expect(told[9]?.message).toBe('(combined from similar events): made 9')
  expect(told[9]?.key).toBe(told[10]?.key)
  expect(told.filter((one) => one !== undefined)).toHaveLength(25)
  expect(tell('again', 300_100)?.message).toBe('(combined from similar events): again')
})
