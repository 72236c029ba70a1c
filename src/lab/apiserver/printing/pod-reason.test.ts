import { expect, test } from 'vitest'
import type { KubeObject } from '../../../kube/index.ts'
import { PODS_PRINTER } from './pods.ts'

const NOW = Date.parse('2026-01-01T01:00:00Z')
const running = { ready: true, restartCount: 0, state: { running: {} } }
const waiting = (reason: string): object => ({ state: { waiting: { reason } }, restartCount: 0 })
const ended = (more: object): object => ({ state: { terminated: { exitCode: 0, ...more } } })

function cells(status: object, more: { spec?: object; metadata?: object } = {}): unknown[] {
  const pod = {
    metadata: { name: 'p', creationTimestamp: '2026-01-01T00:55:00Z', ...more.metadata },
    spec: { containers: [{ name: 'a' }], ...more.spec },
    status,
  } as unknown as KubeObject
  return PODS_PRINTER.cells(pod, NOW).slice(1, 5)
}

test.each<[string, object, string[]]>([
  ['new', { phase: 'Pending' }, ['0/1', 'Pending', '0', '5m']],
  ['running', { phase: 'Running', containerStatuses: [running] }, ['1/1', 'Running', '0', '5m']],
  [
    'restarted',
    {
      phase: 'Running',
      containerStatuses: [
        {
          ...running,
          restartCount: 2,
          lastState: { terminated: { finishedAt: '2026-01-01T00:59:00Z' } },
        },
      ],
    },
    ['1/1', 'Running', '2 (60s ago)', '5m'],
  ],
  [
    'crashing',
    { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] },
    ['0/1', 'CrashLoopBackOff', '0', '5m'],
  ],
  [
    'done',
    { phase: 'Succeeded', containerStatuses: [ended({ reason: 'Completed' })] },
    ['0/1', 'Completed', '0', '5m'],
  ],
  [
    'failed without a reason',
    { phase: 'Failed', containerStatuses: [ended({ exitCode: 3 })] },
    ['0/1', 'ExitCode:3', '0', '5m'],
  ],
  [
    'killed',
    { phase: 'Failed', containerStatuses: [ended({ exitCode: 137, signal: 9 })] },
    ['0/1', 'Signal:9', '0', '5m'],
  ],
  ['evicted', { phase: 'Failed', reason: 'Evicted' }, ['0/1', 'Evicted', '0', '5m']],
  [
    'gated',
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] },
    ['0/1', 'SchedulingGated', '0', '5m'],
  ],
])('a pod that is %s', (_, status, expected) => {
  expect(cells(status)).toEqual(expected)
})

test('init containers are counted until they are through', () => {
  const spec = { initContainers: [{ name: 'i' }, { name: 'j' }] }
  const phase = 'Pending'
  const at = (...initContainerStatuses: object[]): unknown =>
    cells({ phase, initContainerStatuses }, { spec })[1]
  expect(at({ state: { running: {} } })).toBe('Init:0/2')
  expect(at(ended({}), waiting('PodInitializing'))).toBe('Init:1/2')
  expect(at(waiting('ImagePullBackOff'))).toBe('Init:ImagePullBackOff')
  expect(at(ended({ exitCode: 1, reason: 'Error' }))).toBe('Init:Error')
  expect(at(ended({ exitCode: 1 }))).toBe('Init:ExitCode:1')
})

test('a sidecar counts as a container', () => {
  const spec = { initContainers: [{ name: 's', restartPolicy: 'Always' }] }
  const initContainerStatuses = [{ name: 's', started: true, ...running, restartCount: 1 }]
  const status = { phase: 'Running', initContainerStatuses, containerStatuses: [running] }
  expect(cells(status, { spec })).toEqual(['2/2', 'Running', '1', '5m'])
})

test('a pod on its way out is Terminating, unless it has ended', () => {
  const metadata = { deletionTimestamp: '2026-01-01T00:59:00Z' }
  expect(cells({ phase: 'Running' }, { metadata })[1]).toBe('Terminating')
  expect(cells({ phase: 'Succeeded' }, { metadata })[1]).toBe('Succeeded')
  expect(cells({ phase: 'Running', reason: 'NodeLost' }, { metadata })[1]).toBe('Unknown')
})

test('one container of two has ended', () => {
  const containerStatuses = [ended({ reason: 'Completed' }), running]
  const of = (ready: string): unknown =>
    cells({
      phase: 'Running',
      containerStatuses,
      conditions: [{ type: 'Ready', status: ready }],
    })[1]
  expect(of('True')).toBe('Running')
  expect(of('False')).toBe('NotReady')
})
