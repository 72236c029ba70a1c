import { expect, test } from 'vitest'
import type { Pod } from '../../kube/index.ts'
import { limitsOf, qosClassOf } from './quantity.ts'

const pod = (...resources: NonNullable<Pod['spec']['containers'][number]['resources']>[]): Pod => ({
  metadata: {},
  spec: { containers: resources.map((r, n) => ({ name: `c${n}`, image: 'pause', resources: r })) },
})
const both = { cpu: '1', memory: '1Gi' }

test.each([
  ['no resources at all', pod({}), 'BestEffort'],
  ['requests only', pod({ requests: { cpu: '100m' } }), 'Burstable'],
  ['limits for both resources, requests left to them', pod({ limits: both }), 'Guaranteed'],
  [
    'requests that equal the limits',
    pod({ limits: both, requests: { cpu: '1000m', memory: '1024Mi' } }),
    'Guaranteed',
  ],
  ['one container without limits', pod({ limits: both }, {}), 'Burstable'],
  ['a request below its limit', pod({ limits: both, requests: { cpu: '1m' } }), 'Burstable'],
])('a pod with %s', (_title, given, expected) => {
  expect(qosClassOf(given)).toBe(expected)
})

test('limits become millicores and bytes', () => {
  expect(limitsOf({ cpu: '0.2', memory: '128Mi' })).toEqual({
    cpuMillicores: 200,
    memoryBytes: 134217728,
  })
  expect(limitsOf({ cpu: 'much' })).toEqual({})
})
