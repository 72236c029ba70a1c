import { expect, test } from 'vitest'
import type { Node, PodSpec } from '../../../kube/index.ts'
import { misfitOf } from './node-fit.ts'

const node = (spec: NonNullable<Node['spec']> = {}, labels: Record<string, string> = {}): Node => ({
  metadata: { name: 'n1', labels },
  spec,
})
const affinity = (key: string, operator: string, values: string[]): Partial<PodSpec> => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
      },
    },
  },
})
const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]
const AFFINITY = "didn't match Pod's node affinity/selector"

test.each<[string, Partial<PodSpec>, Node, string | undefined]>([
  ['nothing asked', {}, node(), undefined],
  ['selector', { nodeSelector: { a: 'b' } }, node({}, { a: 'b' }), undefined],
  ['other selector', { nodeSelector: { a: 'b' } }, node({}, { a: 'c' }), AFFINITY],
  ['affinity In', affinity('a', 'In', ['b']), node({}, { a: 'b' }), undefined],
  ['affinity NotIn', affinity('a', 'NotIn', ['b']), node({}, { a: 'b' }), AFFINITY],
  ['affinity Exists', affinity('a', 'Exists', []), node(), AFFINITY],
  ['affinity Gt', affinity('a', 'Gt', ['5']), node({}, { a: '7' }), undefined],
  ['taint', {}, node({ taints }), 'had untolerated taint(s)'],
  [
    'tolerated by key',
    { tolerations: [{ key: 'gpu', operator: 'Exists' }] },
    node({ taints }),
    undefined,
  ],
  [
    'tolerated by value',
    { tolerations: [{ key: 'gpu', value: 'yes' }] },
    node({ taints }),
    undefined,
  ],
  [
    'another value',
    { tolerations: [{ key: 'gpu', value: 'no' }] },
    node({ taints }),
    'had untolerated taint(s)',
  ],
  ['all tolerated', { tolerations: [{ operator: 'Exists' }] }, node({ taints }), undefined],
  ['cordoned', {}, node({ unschedulable: true }), 'were unschedulable'],
])('%s', (_, spec, where, expected) => {
  expect(misfitOf({ containers: [], ...spec }, where)).toBe(expected)
})
