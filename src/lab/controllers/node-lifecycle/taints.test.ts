import { expect, test } from 'vitest'
import type { Node, Pod } from '../../../kube/index.ts'
import { leavesAt, wantedTaints } from './taints.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')

const node = (ready: 'True' | 'False' | 'Unknown', spec: NonNullable<Node['spec']> = {}): Node => ({
  metadata: { name: 'n1' },
  spec,
  status: { conditions: [{ type: 'Ready', status: ready }] },
})
const pod = (tolerations: object[]): Pod =>
  ({ metadata: { name: 'p' }, spec: { containers: [], tolerations } }) as unknown as Pod
const names = (given: Node): string[] =>
  (wantedTaints(given, NOW) ?? []).map(({ key, effect }) => `${key}:${effect}`)

test('a node that is well has no taint, and those of others stay', () => {
  expect(wantedTaints(node('True'), NOW)).toBeUndefined()
  const mine = { key: 'gpu', effect: 'NoSchedule' }
  const old = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }
  expect(wantedTaints(node('True', { taints: [mine] }), NOW)).toBeUndefined()
  expect(wantedTaints(node('True', { taints: [mine, old] }), NOW)).toEqual([mine])
})

test('unreachable, not ready and cordoned nodes are tainted as Kubernetes names it', () => {
  const prefix = 'node.kubernetes.io/'
  expect(names(node('Unknown'))).toEqual([
    `${prefix}unreachable:NoSchedule`,
    `${prefix}unreachable:NoExecute`,
  ])
  expect(names(node('False'))).toEqual([
    `${prefix}not-ready:NoSchedule`,
    `${prefix}not-ready:NoExecute`,
  ])
  expect(names(node('True', { unschedulable: true }))).toEqual([
    `${prefix}unschedulable:NoSchedule`,
  ])
})

test('a taint that is there keeps the time when it came', () => {
  const taints = wantedTaints(node('Unknown'), NOW) ?? []
  expect(wantedTaints(node('Unknown', { taints }), NOW + 60_000)).toBeUndefined()
})

test('a pod leaves at once, after its toleration, or never', () => {
  const tainted = node('Unknown', { taints: wantedTaints(node('Unknown'), NOW) ?? [] })
  const unreachable = { key: 'node.kubernetes.io/unreachable', operator: 'Exists' }
  expect(leavesAt(pod([]), tainted, NOW + 5)).toBe(NOW + 5)
  expect(leavesAt(pod([{ ...unreachable, tolerationSeconds: 300 }]), tainted, NOW + 5)).toBe(
    NOW + 300_000,
  )
  expect(leavesAt(pod([unreachable]), tainted, NOW)).toBeUndefined()
  expect(leavesAt(pod([{ operator: 'Exists' }]), tainted, NOW)).toBeUndefined()
  expect(leavesAt(pod([]), node('True'), NOW)).toBeUndefined()
})
