import { expect, test } from 'vitest'
import type { KubeletClient } from '../kubelet/client.ts'
import { createAgentLog } from '../log.ts'
import { createPodStore, type PodStore, type PodStoreOptions } from './pod-store.ts'

const signal = new AbortController().signal
const START = Date.parse('2026-01-12T09:30:00Z')

/** A kubelet with one finished pod, which ended at the start of the clock. */
function setting(options: Partial<PodStoreOptions> = {}): {
  store: PodStore
  client: KubeletClient
  asked: () => number
  pass: (ms: number) => void
  refuse: () => void
} {
  let [asked, now, refusing] = [0, START, false]
  const finishedAt = new Date(START).toISOString()
  const body = JSON.stringify({
    items: [
      {
        metadata: { name: 'done', namespace: 'n', uid: 'u' },
        spec: { containers: [{ name: 'a' }] },
        status: {
          phase: 'Succeeded',
          containerStatuses: [{ name: 'a', state: { terminated: { finishedAt } } }],
        },
      },
    ],
  })
  const client: KubeletClient = {
    base: 'https://k',
    get(path) {
      asked += 1
      return Promise.resolve({ url: path, status: refusing ? 401 : 200, body })
    },
  }
  return {
    store: createPodStore({ log: createAgentLog('off'), now: () => now, ...options }),
    client,
    asked: () => asked,
    pass: (ms) => (now += ms),
    refuse: () => (refusing = true),
  }
}

test.each([
  [undefined, 5_000],
  [60_000, 60_000],
])('with a cache of %s ms the list is read again after %i ms', async (cacheMs, after) => {
  const { store, client, asked, pass } = setting(cacheMs === undefined ? {} : { cacheMs })
  await store.refresh(client, signal)
  pass(after - 1)
  await store.refresh(client, signal)
  expect([asked(), store.current().pods.length]).toEqual([1, 1])
  pass(1)
  await store.refresh(client, signal)
  expect(asked()).toBe(2)
})

test('a cache of 0 reads each time', async () => {
  const { store, client, asked } = setting({ cacheMs: 0 })
  await store.refresh(client, signal)
  await store.refresh(client, signal)
  expect(asked()).toBe(2)
})

test.each([
  [undefined, 900_000, 1],
  [60_000, 60_000, 1],
  [0, 10 * 86_400_000, 0],
])('with an expiration of %s ms a pod that ended before %i ms is expired: %i', async (...row) => {
  const [expirationMs, age, expired] = row
  const { store, client, pass } = setting(expirationMs === undefined ? {} : { expirationMs })
  pass(age)
  await store.refresh(client, signal)
  expect(store.current().expired).toBe(0)
  pass(5_001)
  await store.refresh(client, signal)
  expect(store.current().expired).toBe(expired)
})

test('while the kubelet refuses, the last list is used for a quarter of a minute, and then none', async () => {
  const { store, client, pass, refuse } = setting()
  await store.refresh(client, signal)
  refuse()
  pass(15_000)
  await store.refresh(client, signal)
  expect(store.current().pods).toHaveLength(1)
  pass(1)
  expect(store.current().pods).toEqual([])
  expect(store.everRead).toBe(true)
})
