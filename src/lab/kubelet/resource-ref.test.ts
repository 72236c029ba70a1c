import { expect, test } from 'vitest'
import { needsNode, resourceValue } from './resource-ref.ts'

const NODE = { cpu: '2', memory: '1000Ki', 'ephemeral-storage': '5Ki' }
const container = {
  name: 'main',
  image: 'x',
  resources: { limits: { memory: '64Mi' }, requests: { cpu: '150m', memory: '100M' } },
}

// What a real kubelet (1.20) printed for such a container, but for the node's own size.
test.each([
  ['limits.memory', undefined, '67108864'],
  ['limits.memory', '1Mi', '64'],
  ['limits.memory', '1Gi', '1'],
  ['limits.cpu', undefined, '2'],
  ['limits.cpu', '1m', '2000'],
  ['limits.ephemeral-storage', '0', '5120'],
  ['requests.cpu', undefined, '1'],
  ['requests.cpu', '1m', '150'],
  ['requests.memory', '1M', '100'],
  ['requests.ephemeral-storage', undefined, '0'],
  ['limits.hugepages-2Mi', undefined, '0'],
  ['limits.gpu', undefined, undefined],
  ['cpu', undefined, undefined],
])('%s in %s is %s', (resource, divisor, expected) => {
  const ref = { resource, ...(divisor === undefined ? {} : { divisor }) }
  expect(resourceValue(container, ref, NODE)).toBe(expected)
})

test('the node answers for limits that are not there, or zero', () => {
  const zero = { ...container, resources: { limits: { cpu: '0' } } }
  expect(needsNode(zero, { resource: 'limits.cpu' })).toBe(true)
  expect(needsNode(container, { resource: 'limits.memory' })).toBe(false)
  expect(needsNode(container, { resource: 'requests.memory' })).toBe(false)
})
