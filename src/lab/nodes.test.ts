import { expect, test } from 'vitest'
import { nodeName, parseNodeCount } from './nodes.ts'
import { stateDir } from './state.ts'

test('nodes are called as minikube calls them', () => {
  expect([0, 1, 9].map(nodeName)).toEqual(['minikube', 'minikube-m02', 'minikube-m10'])
})

test.each(['0', '11', '99', '-1', 'abc', '', '2.5', '1e1', ' 2'])(
  '--nodes %j is wrong usage',
  (text) => {
    expect(() => parseNodeCount(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }))
  },
)

test('one to ten nodes are fine', () => {
  expect(['1', '3', '10'].map(parseNodeCount)).toEqual([1, 3, 10])
})

test('every node has folders of its own, and the first one those that it always had', () => {
  const dir = stateDir('/tmp/lab')
  expect(dir.nodes[0]?.dockerSocket).toBe('/tmp/lab/node/var/run/docker.sock')
  expect(dir.nodes[1]?.dockerSocket).toBe('/tmp/lab/node-m02/var/run/docker.sock')
  const roots = dir.nodes.flatMap((each) => [each.nodeRoot, each.runtimeRoot, each.kubeletRoot])
  expect(new Set(roots).size).toBe(30)
})
