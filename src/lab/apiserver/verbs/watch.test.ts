import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { startCluster, type TestCluster } from '../../../../test/helpers/cluster.ts'
import {
  CONFIGMAPS,
  CUSTOMRESOURCEDEFINITIONS,
  isGone,
  type ConfigMap,
  type WatchEvent,
} from '../../../kube/index.ts'

const make = (cluster: TestCluster, name: string, app = 'x'): Promise<ConfigMap> =>
  cluster.admin.create<ConfigMap>(CONFIGMAPS, {
    metadata: { name, namespace: 'default', labels: { app } },
  })

async function take(events: AsyncIterable<WatchEvent>, count: number): Promise<string[]> {
  const seen: string[] = []
  for await (const { type, object } of events) {
    seen.push(`${type} ${object.metadata.name ?? ''}`)
    if (seen.length === count) break
  }
  return seen
}

test('a watch from a list goes on where the list ended, without a gap', async () => {
  await using cluster = await startCluster()
  await make(cluster, 'before')
  const list = await cluster.admin.list(CONFIGMAPS)
  await make(cluster, 'after')
  const { resourceVersion = '' } = list.metadata
  const events = take(cluster.admin.watch(CONFIGMAPS, { resourceVersion }), 3)
  await cluster.admin.delete(CONFIGMAPS, { namespace: 'default', name: 'before' })
  await make(cluster, 'later')
  expect(await events).toEqual(['ADDED after', 'DELETED before', 'ADDED later'])
})

test('a watch from nothing shows first what is there', async () => {
  await using cluster = await startCluster()
  await make(cluster, 'one')
  await make(cluster, 'two')
  expect(await take(cluster.admin.watch(CONFIGMAPS, { resourceVersion: '0' }), 2)).toEqual([
    'ADDED one',
    'ADDED two',
  ])
})

test('what leaves a selection is DELETED, what enters it is ADDED', async () => {
  await using cluster = await startCluster()
  await make(cluster, 'stays')
  await make(cluster, 'moves')
  const { metadata } = await cluster.admin.list(CONFIGMAPS)
  const watch = cluster.admin.watch(CONFIGMAPS, {
    labelSelector: 'app=x',
    resourceVersion: metadata.resourceVersion ?? '',
  })
  const events = take(watch, 3)
  const key = { namespace: 'default', name: 'moves' }
  const label = (app: string): unknown => ({ metadata: { labels: { app } } })
  await cluster.admin.patch(CONFIGMAPS, key, label('y'), 'merge')
  await cluster.admin.patch(CONFIGMAPS, key, label('x'), 'merge')
  await cluster.admin.patch(CONFIGMAPS, key, { data: { a: 'b' } }, 'merge')
  expect(await events).toEqual(['DELETED moves', 'ADDED moves', 'MODIFIED moves'])
})

test('a version that is too old is gone, one of the future is refused', async () => {
  await using cluster = await startCluster({ historyLimit: 5 })
  for (let count = 0; count < 20; count++) await make(cluster, `c${count}`)
  const watching = take(cluster.admin.watch(CONFIGMAPS, { resourceVersion: '1' }), 1)
  await expect(watching).rejects.toSatisfy(isGone)
  await expect(watching).rejects.toThrow(/too old resource version: 1 \(\d+\)/)
  const future = take(cluster.admin.watch(CONFIGMAPS, { resourceVersion: '99999' }), 1)
  await expect(future).rejects.toThrow('Too large resource version: 99999')
})

// With a clock of its own: a busy machine took longer for it than a client waits.
test('a watch ends after its timeout, with a bookmark to go on from', async () => {
  await using cluster = await startCluster()
  const path =
    '/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=600&allowWatchBookmarks=true'
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  try {
    const { body } = await cluster.admin.stream(path)
    vi.advanceTimersByTime(600_000)
    const events = (await text(body)).trim().split('\n')
    expect(events).toHaveLength(10)
    for (const event of events) {
      const bookmark = { type: 'BOOKMARK', object: { kind: 'ConfigMap' } }
      expect(JSON.parse(event)).toMatchObject(bookmark)
    }
  } finally {
    vi.useRealTimers()
  }
})

test('a version of before the kind is gone, told in the watch itself', async () => {
  await using cluster = await startCluster()
  const group = 'example.com'
  const names = { plural: 'novelties', singular: 'novelty', kind: 'Novelty' }
  const schema = { openAPIV3Schema: { type: 'object' } }
  await cluster.admin.create(CUSTOMRESOURCEDEFINITIONS, {
    metadata: { name: `novelties.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names,
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  })
  const path = `/apis/${group}/v1/novelties?watch=1&resourceVersion=1`
  const { status, body } = await cluster.admin.raw('GET', path)
  expect(status).toBe(200)
  expect(JSON.parse(body.toString())).toMatchObject({
    type: 'ERROR',
    object: { kind: 'Status', code: 410, reason: 'Expired' },
  })
})

test('a stopping server ends its watches', async () => {
  await using cluster = await startCluster()
  const { metadata } = await cluster.admin.list(CONFIGMAPS)
  const events = take(
    cluster.admin.watch(CONFIGMAPS, { resourceVersion: metadata.resourceVersion ?? '' }),
    1,
  ).catch(() => [])
  await cluster.api[Symbol.asyncDispose]()
  expect(await events).toEqual([])
})
