import { expect, test } from 'vitest'
import { createLogger } from '../../core/index.ts'
import { CONFIGMAPS, type Change, type KubeObject } from '../../kube/index.ts'
import { createKindRegistry } from './kind-registry.ts'
import { reflectStore } from './reflect-store.ts'
import { createStore } from './store.ts'

const configMap = (name: string, data: Record<string, string> = {}): KubeObject => ({
  ...{ kind: 'ConfigMap', apiVersion: 'v1', data },
  metadata: { namespace: 'shop', name, uid: name },
})
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function setUp() {
  const store = createStore()
  const context = { store, kinds: createKindRegistry(store), log: createLogger('test', 'silent') }
  return { store, reflect: () => reflectStore(context, CONFIGMAPS) }
}

test('a copy in the process has what is there, then every change in its order, after the write', async () => {
  const { store, reflect } = setUp()
  store.insert(CONFIGMAPS, configMap('first'))
  await using copy = reflect()
  const seen: string[] = []
  copy.onChange(({ type, object }) => seen.push(`${type} ${object.metadata.name ?? ''}`))
  store.insert(CONFIGMAPS, configMap('second'))
  expect(copy.list()).toEqual([])
  await copy.ready
  expect(seen).toEqual(['added first'])
  store.replace(CONFIGMAPS, configMap('first', { a: 'b' }))
  store.remove(CONFIGMAPS, 'shop', 'second')
  expect(copy.get({ namespace: 'shop', name: 'first' })).not.toHaveProperty('data.a')
  await turn()
  expect(seen).toEqual(['added first', 'added second', 'modified first', 'deleted second'])
  expect(copy.get({ namespace: 'shop', name: 'first' })).toHaveProperty('data.a', 'b')
})

test('a listener that throws keeps no other from hearing; a closed copy tells nothing', async () => {
  const { store, reflect } = setUp()
  const copy = reflect()
  await copy.ready
  const seen: Change[] = []
  copy.onChange(() => {
    throw new Error('a bug')
  })
  copy.onChange((change) => seen.push(change))
  store.insert(CONFIGMAPS, configMap('first'))
  await turn()
  expect(seen).toHaveLength(1)
  store.insert(CONFIGMAPS, configMap('second'))
  await copy[Symbol.asyncDispose]()
  await turn()
  expect(seen).toHaveLength(1)
})
