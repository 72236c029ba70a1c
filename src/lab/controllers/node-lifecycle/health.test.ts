import { expect, test } from 'vitest'
import type { KubeObject, Node } from '../../../kube/index.ts'
import { GRACE_MS, isSilent, observe, readyOf, silentConditions } from './health.ts'

const beat = { lastHeartbeatTime: '2026-11-22T12:00:00Z' }
const node = (status: 'True' | 'Unknown' = 'True'): Node => ({
  metadata: { name: 'n1' },
  status: {
    conditions: [
      { type: 'DiskPressure', status: 'False', ...beat },
      { type: 'Ready', status, ...beat },
    ],
  },
})
const lease = (renewTime: string): KubeObject => ({ metadata: { name: 'n1' }, spec: { renewTime } })

test('a node is alive as long as its lease or its status is renewed, whatever the clocks say', () => {
  const first = observe(undefined, node(), lease('1'), 1000)
  expect(first.seenAt).toBe(1000)
  expect(observe(first, node(), lease('1'), 20_000)).toBe(first)
  expect(observe(first, node(), lease('2'), 20_000).seenAt).toBe(20_000)
  expect(isSilent(first, 1000 + GRACE_MS - 1)).toBe(false)
  expect(isSilent(first, 1000 + GRACE_MS)).toBe(true)
})

test('the mark of the controller itself is no sign of life, the next renewal is', () => {
  const first = observe(undefined, node(), lease('1'), 0)
  const marked = observe(first, node('Unknown'), lease('1'), GRACE_MS)
  expect(isSilent(marked, GRACE_MS)).toBe(true)
  expect(isSilent(observe(marked, node('Unknown'), lease('2'), GRACE_MS), GRACE_MS)).toBe(false)
})

test('a silent node has Unknown conditions, once', () => {
  const conditions = silentConditions(node(), 0) ?? []
  expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ['DiskPressure', 'Unknown', 'NodeStatusUnknown'],
    ['Ready', 'Unknown', 'NodeStatusUnknown'],
  ])
  expect(silentConditions({ metadata: {}, status: { conditions } }, 1)).toBeUndefined()
})

test('a node that no kubelet has ever written is Unknown, too', () => {
  const conditions = silentConditions({ metadata: { name: 'n1' } }, 0) ?? []
  expect(readyOf({ metadata: {}, status: { conditions } })).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
  })
})
