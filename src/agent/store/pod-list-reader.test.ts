import { expect, test } from 'vitest'
import { createPodListReader } from './pod-list-reader.ts'
import { indexPods, parsePodList } from './workload.ts'

const pod = (name: string, restarts = 0): object => ({
  metadata: { name, namespace: 'n', uid: `uid-${name}` },
  spec: { containers: [], volumes: [{ configMap: { items: [{ key: 'a' }] } }] },
  status: {
    containerStatuses: [
      { name: 'c', image: 'i', containerID: 'docker://1', restartCount: restarts },
    ],
  },
})
const list = (...items: unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items }))

test('pods whose text is the same are the same objects, wherever they stand; what changed is read anew', () => {
  const reader = createPodListReader()
  const [a, b, c] = reader.read(list(pod('a'), pod('b'), pod('c')))
  expect(reader.read(list(pod('a'), pod('b'), pod('c')))).toEqual([a, b, c])
  const next = reader.read(list(pod('new'), pod('c'), pod('b', 1), pod('a')))
  expect(next[1]).toBe(c)
  expect(next[3]).toBe(a)
  expect(next[2]).not.toBe(b)
  expect(next).toEqual(
    parsePodList(list(pod('new'), pod('c'), pod('b', 1), pod('a')).toString('utf8')),
  )
  expect(reader.read(list(pod('c')))[0]).toBe(c)
  const stored = indexPods(next, 0).container('1')
  expect(indexPods(next, 0).container('1')).toBe(stored)
})

test('the memory of the bytes may be used again', () => {
  const reader = createPodListReader()
  const bytes = list(pod('a'), pod('b'))
  const before = reader.read(bytes)
  bytes.write('x', bytes.indexOf('uid-b'))
  const after = reader.read(bytes)
  expect(after[0]).toBe(before[0])
  expect(after[1]?.metadata.uid).toBe('xid-b')
})

test('lists in another form, and what is none, are read as a whole', () => {
  const reader = createPodListReader()
  const other = Buffer.from(
    JSON.stringify({ items: [{ status: {}, ...pod('a') }, 1, pod('b')], kind: 'PodList' }, null, 1),
  )
  expect(reader.read(other)).toEqual(parsePodList(other.toString()))
  expect(reader.read(list(pod('a'), 1, null, {}, pod('b')))).toHaveLength(2)
  expect(reader.read(list())).toEqual([])
  expect(() => reader.read(Buffer.from('Unauthorized'))).toThrow('JSON')
  expect(() => reader.read(list(pod('a'), pod('b')).subarray(0, -9))).toThrow('JSON')
  expect(() => reader.read(Buffer.from('{}'))).toThrow('the pod list has no items')
})
