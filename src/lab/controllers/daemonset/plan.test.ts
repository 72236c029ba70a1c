import { expect, test } from 'vitest'
import type { DaemonSet, Node, Pod } from '../../../kube/index.ts'
import { REVISION_LABEL } from '../revisions/revisions.ts'
import { planDaemonSet } from './plan.ts'

const NOW = Date.parse('2026-01-01T01:00:00Z')
const NODES: Node[] = ['a', 'b', 'c'].map((name) => ({
  metadata: { name },
  status: { allocatable: { cpu: '1', memory: '1Gi', pods: '9' } },
}))

const daemon = (rollingUpdate: object): DaemonSet => ({
  metadata: { name: 'd', namespace: 'team' },
  spec: {
    selector: {},
    template: { spec: { containers: [] } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate },
  },
})
const pod = (node: string, hash: string, ready = true): Pod => ({
  metadata: {
    name: `d-${node}-${hash}`,
    namespace: 'team',
    labels: { [REVISION_LABEL]: hash },
    creationTimestamp: hash === 'old' ? '2026-01-01T00:00:00Z' : '2026-01-01T00:30:00Z',
  },
  spec: { nodeName: node, containers: [] },
  status: {
    phase: 'Running',
    conditions: [
      {
        type: 'Ready',
        status: ready ? 'True' : 'False',
        lastTransitionTime: '2026-01-01T00:31:00Z',
      },
    ],
  },
})
const plan = (rollingUpdate: object, pods: Pod[]): { create: string[]; remove: string[] } => {
  const { create, remove } = planDaemonSet(daemon(rollingUpdate), NODES, pods, 'new', NOW)
  return { create: [...create], remove: remove.map(({ metadata }) => metadata.name ?? '') }
}
const SURGE = { maxSurge: 1, maxUnavailable: 0 }
const old = (...nodes: string[]): Pod[] => nodes.map((node) => pod(node, 'old'))

test('without a surge one old pod goes at a time', () => {
  expect(plan({ maxUnavailable: 1 }, old('a', 'b', 'c'))).toEqual({
    create: [],
    remove: ['d-a-old'],
  })
})
test('with a surge a new pod comes beside one old pod, and nothing goes', () => {
  expect(plan(SURGE, old('a', 'b', 'c'))).toEqual({ create: ['a'], remove: [] })
  expect(plan({ ...SURGE, maxSurge: '50%' }, old('a', 'b', 'c')).create).toEqual(['a', 'b'])
})
test('while the new one starts, both stay and no other node follows', () => {
  const pods = [...old('a', 'b', 'c'), pod('a', 'new', false)]
  expect(plan(SURGE, pods)).toEqual({ create: [], remove: [] })
})
test('the old one goes when the new one is available, and the next node follows', () => {
  const pods = [...old('a', 'b', 'c'), pod('a', 'new')]
  expect(plan(SURGE, pods)).toEqual({ create: ['b'], remove: ['d-a-old'] })
})
test('an old pod that is of no use counts for nothing', () => {
  const pods = [pod('a', 'old', false), ...old('b', 'c')]
  expect(plan(SURGE, pods).create).toEqual(['a', 'b'])
})
test('two pods of one template on a node are one too many', () => {
  const twin = { ...pod('a', 'old'), metadata: { ...pod('a', 'old').metadata, name: 'twin' } }
  expect(plan(SURGE, [...old('a', 'b', 'c'), twin]).remove).toHaveLength(1)
})
