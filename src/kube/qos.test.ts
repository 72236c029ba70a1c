import { expect, test } from 'vitest'
import { qosClassOf } from './qos.ts'

const of = (...containers: unknown[]): string =>
  qosClassOf({ metadata: {}, spec: { containers: containers.map((resources) => ({ resources })) } })
const both = { cpu: '1', memory: '1Gi' }

test.each([
  ['no resources at all', [{}], 'BestEffort'],
  ['zeros', [{ requests: { cpu: '0', memory: '0Mi' }, limits: { cpu: '0.0' } }], 'BestEffort'],
  ['other resources', [{ requests: { 'ephemeral-storage': '1Gi' } }], 'BestEffort'],
  ['requests only', [{ requests: { cpu: '100m' } }], 'Burstable'],
  ['a limit for one resource', [{ limits: { cpu: '1' } }], 'Burstable'],
  ['limits for both, requests left to them', [{ limits: both }], 'Guaranteed'],
  [
    'requests that equal the limits, written otherwise',
    [{ limits: both, requests: { cpu: '1000m', memory: '1024Mi' } }],
    'Guaranteed',
  ],
  ['a number for a quantity', [{ limits: { ...both, cpu: 1 }, requests: both }], 'Guaranteed'],
  ['one container without limits', [{ limits: both }, {}], 'Burstable'],
  ['a request below its limit', [{ limits: both, requests: { cpu: '1m' } }], 'Burstable'],
])('a pod with %s', (_, containers, expected) => {
  expect(of(...containers)).toBe(expected)
})

test('init containers count', () => {
  const containers = [{ resources: { limits: both } }]
  expect(qosClassOf({ metadata: {}, spec: { containers, initContainers: [{}] } })).toBe('Burstable')
})

test('resources of the pod count alone where it has any', () => {
  const containers = [{ resources: { requests: { cpu: '1' } } }]
  const spec = { containers, resources: { limits: both } }
  expect(qosClassOf({ metadata: {}, spec })).toBe('Guaranteed')
})

test.each([{}, { spec: null }, { spec: { containers: 'x' } }, { spec: { containers: [null] } }])(
  'what is no pod (%j) is nothing better',
  (given) => {
    expect(qosClassOf({ metadata: {}, ...given })).toBe('BestEffort')
  },
)
