import { expect, test } from 'vitest'
import type { Pod, PodCondition, PodStatus } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import { createRecord } from './container-record.ts'
import { DEADLINE_EXCEEDED, podDeadline, type PodFailure } from './pod-deadline.ts'
import { podStatus } from './pod-status.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

function status(
  info: Partial<ContainerInfo>,
  options: { gates?: PodCondition[]; failure?: PodFailure } = {},
): PodStatus {
  const spec = { name: 'main', image: 'busybox' }
  const pod: Pod = {
    metadata: { name: 'p' },
    spec: {
      restartPolicy: 'Never',
      containers: [spec],
      ...(options.gates ? { readinessGates: [{ conditionType: 'example.com/a' }] } : {}),
    },
    status: { conditions: options.gates ?? [] },
  }
  const record = createRecord(spec, 'containers')
  record.info = { id: 'x', imageId: 'sha256:1', createdAt: NOW, ...info } as ContainerInfo
  return podStatus({
    pod,
    records: [record],
    hostIp: '127.0.0.1',
    podIp: '127.0.0.2',
    sandboxReady: true,
    startedAt: NOW,
    failure: options.failure,
    idPrefix: 'docker://',
    now: NOW,
    previous: undefined,
  })
}
const ready = ({ conditions }: PodStatus): PodCondition | undefined =>
  conditions?.find(({ type }) => type === 'Ready')

test('a program that is not there is ContainerCannotRun, as Docker’s are', () => {
  const { phase, containerStatuses } = status({
    phase: 'exited',
    exitCode: 127,
    startError: 'no such file',
  })
  expect(phase).toBe('Failed')
  expect(containerStatuses?.[0]?.state.terminated).toMatchObject({
    exitCode: 127,
    reason: 'ContainerCannotRun',
  })
})

test('a pod that has failed as a whole says why', () => {
  expect(status({ phase: 'exited', exitCode: 0 }, { failure: DEADLINE_EXCEEDED })).toMatchObject({
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  })
})

test('readiness gates hold a pod back, and the conditions of others stay', () => {
  const running = { phase: 'running' } as const
  expect(ready(status(running, { gates: [] }))).toMatchObject({
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: 'corresponding condition of pod readiness gate "example.com/a" does not exist.',
  })
  const gate = { type: 'example.com/a', status: 'False' as const }
  expect(ready(status(running, { gates: [gate] }))?.message).toBe(
    'the status of pod readiness gate "example.com/a" is not "True", but False',
  )
  const open = status(running, { gates: [{ ...gate, status: 'True' }] })
  expect(ready(open)?.status).toBe('True')
  expect(open.conditions?.[0]).toMatchObject({ type: 'example.com/a', status: 'True' })
})

test('a deadline counts from the pod’s start, in whole seconds', () => {
  const pod: Pod = { metadata: {}, spec: { containers: [], activeDeadlineSeconds: 5 } }
  expect(podDeadline(pod, NOW + 700)).toBe(NOW + 5000)
  expect(podDeadline({ ...pod, spec: { containers: [] } }, NOW)).toBe(Infinity)
})
