import { expect, test } from 'vitest'
import { CONFIGMAPS, type KubeObject } from '../../kube/index.ts'
import type { Change } from './history.ts'
import { createStore } from './store.ts'

const configMap = (name: string, namespace = 'a'): KubeObject => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name, namespace },
})

test('every write raises the one revision, whatever its kind', () => {
  const store = createStore()
  expect(store.insert(CONFIGMAPS, configMap('x')).object.metadata.resourceVersion).toBe('1')
  expect(store.replace(CONFIGMAPS, configMap('x')).object.metadata.resourceVersion).toBe('2')
  expect(store.remove(CONFIGMAPS, 'a', 'x').object.metadata.resourceVersion).toBe('3')
  expect(store.revision()).toBe(3)
})

test('a name is taken once per namespace', () => {
  const store = createStore()
  store.insert(CONFIGMAPS, configMap('x'))
  store.insert(CONFIGMAPS, configMap('x', 'b'))
  expect(() => store.insert(CONFIGMAPS, configMap('x'))).toThrow('configmaps "x" already exists')
  expect(() => store.remove(CONFIGMAPS, 'c', 'x')).toThrow('configmaps "x" not found')
})

test('what is stored cannot be changed by who holds it', () => {
  const store = createStore()
  const { object } = store.insert(CONFIGMAPS, { ...configMap('x'), data: { a: 'b' } })
  expect(() => {
    ;(object['data'] as Record<string, string>)['a'] = 'c'
  }).toThrow(TypeError)
})

test('lists are in the order of namespace and name', () => {
  const store = createStore()
  for (const [name, namespace] of [
    ['b', 'y'],
    ['a', 'y'],
    ['c', 'x'],
  ] as const) {
    store.insert(CONFIGMAPS, configMap(name, namespace))
  }
  const names = (namespace?: string): (string | undefined)[] =>
    store.list(CONFIGMAPS, namespace).map(({ object }) => object.metadata.name)
  expect(names()).toEqual(['c', 'a', 'b'])
  expect(names('y')).toEqual(['a', 'b'])
})

test('who follows from a revision gets what came after it, and then everything new', () => {
  const store = createStore()
  store.insert(CONFIGMAPS, configMap('x'))
  store.insert(CONFIGMAPS, configMap('y'))
  const seen: Change[] = []
  const { backlog, stop } = store.follow(CONFIGMAPS, 1, (change) => seen.push(change))
  expect(backlog.map(({ type, revision }) => [type, revision])).toEqual([['ADDED', 2]])
  store.remove(CONFIGMAPS, 'a', 'x')
  stop()
  store.remove(CONFIGMAPS, 'a', 'y')
  expect(seen.map(({ type, revision }) => [type, revision])).toEqual([['DELETED', 3]])
})

test('the history is bounded: an old revision is expired', () => {
  const store = createStore({ historyLimit: 10 })
  store.insert(CONFIGMAPS, configMap('x'))
  for (let count = 0; count < 30; count++) store.replace(CONFIGMAPS, configMap('x'))
  expect(() => store.follow(CONFIGMAPS, 1, () => undefined)).toThrow(
    /^too old resource version: 1 \(\d+\)$/,
  )
  expect(store.follow(CONFIGMAPS, 25, () => undefined).backlog).toHaveLength(6)
})

test('a list across namespaces is in the order of its keys, so that pages miss nothing', () => {
  const store = createStore()
  for (const [namespace, name] of [
    ['a', 'x'],
    ['a', 'y'],
    ['a-b', 'x'],
    ['a.b', 'x'],
  ] as const) {
    store.insert(CONFIGMAPS, configMap(name, namespace))
  }
  const keys = store
    .list(CONFIGMAPS)
    .map(({ object: { metadata } }) => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`)
  expect(keys).toEqual(['a-b/x', 'a.b/x', 'a/x', 'a/y'])
})

test('a list of an older revision shows what was there then', () => {
  const store = createStore()
  for (const name of ['a', 'b', 'd']) store.insert(CONFIGMAPS, configMap(name))
  store.insert(CONFIGMAPS, configMap('other', 'z'))
  const at = store.revision()
  store.remove(CONFIGMAPS, 'a', 'a')
  store.replace(CONFIGMAPS, { ...configMap('b'), data: { now: 'this' } })
  store.insert(CONFIGMAPS, configMap('c'))
  store.insert(CONFIGMAPS, configMap('a'))
  const shown = (namespace?: string): unknown[] =>
    store
      .listAt(CONFIGMAPS, at, namespace)
      .map(({ object, revision }) => [object.metadata.name, revision, object['data']])
  const before = [
    ['a', 1, undefined],
    ['b', 2, undefined],
    ['d', 3, undefined],
  ]
  expect(shown('a')).toEqual(before)
  expect(shown()).toEqual([...before, ['other', 4, undefined]])
  expect(store.listAt(CONFIGMAPS, store.revision())).toEqual(store.list(CONFIGMAPS))
})

test('of a kind that has just come to be, older revisions are too old', () => {
  const store = createStore()
  store.insert(CONFIGMAPS, configMap('x'))
  store.forget(CONFIGMAPS)
  store.insert(CONFIGMAPS, configMap('y'))
  expect(() => store.follow(CONFIGMAPS, 0, () => undefined)).toThrow('too old resource version: 0')
  expect(store.follow(CONFIGMAPS, 1, () => undefined).backlog).toHaveLength(1)
})
