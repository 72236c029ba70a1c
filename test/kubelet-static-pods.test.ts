import { afterAll, beforeAll, expect, test } from 'vitest'
import { manualClock, waitFor } from '../src/core/index.ts'
import { PODS, type Pod } from '../src/kube/index.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

let rig: KubeletRig
const clock = manualClock(Date.now())
const KEY = { namespace: 'kube-system', name: 'etcd-rig-node' }

beforeAll(async () => {
  rig = await startKubeletRig({
    clock,
    staticPods: [
      {
        kind: 'Pod',
        metadata: { name: 'etcd', namespace: 'kube-system', labels: { tier: 'control-plane' } },
        spec: {
          hostNetwork: true,
          containers: [{ name: 'etcd', image: 'registry.k8s.io/etcd:3.6' }],
        },
      },
    ],
  })
  await rig.create({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { namespace: 'kube-system', name: 'x' },
  })
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
})

const json = async <T>(path: string): Promise<T> =>
  JSON.parse((await rig.get(path, { cert: rig.api.adminCredential })).body.toString()) as T
const running = (pod: Pod): boolean => pod.status?.phase === 'Running'

test('a static pod has a mirror in the API, with annotations, an owner and a status', async () => {
  const mirror = await rig.waitForPod(KEY.namespace, KEY.name, running)
  const hash = mirror.metadata.annotations?.['kubernetes.io/config.hash']
  expect(hash).toMatch(/^[0-9a-f]{32}$/)
  expect(mirror.metadata.annotations).toMatchObject({
    'kubernetes.io/config.mirror': hash,
    'kubernetes.io/config.source': 'file',
  })
  expect(mirror.metadata.ownerReferences).toMatchObject([
    { kind: 'Node', name: rig.nodeName, controller: true },
  ])
  expect(mirror.metadata.uid).not.toBe(hash)
  expect(mirror.status?.podIP).toBe('127.0.0.1')
})

test('the kubelet itself shows it once, with the hash as its uid', async () => {
  const mirror = await rig.waitForPod(KEY.namespace, KEY.name, running)
  const hash = mirror.metadata.annotations?.['kubernetes.io/config.hash'] ?? ''
  const list = await json<{ items: Pod[] }>('/pods')
  expect(list.items.map(({ metadata }) => [metadata.name, metadata.uid])).toEqual([
    [KEY.name, hash],
  ])
  expect(list.items[0]?.status?.phase).toBe('Running')
  const summary = await json<{ pods: { podRef: object }[] }>('/stats/summary')
  expect(summary.pods[0]?.podRef).toEqual({ ...KEY, uid: hash })
  const cadvisor = (
    await rig.get('/metrics/cadvisor', { cert: rig.api.adminCredential })
  ).body.toString()
  expect(cadvisor).toContain(
    `id="/kubepods/besteffort/pod${hash}",image="",name="",namespace="kube-system",pod="${KEY.name}"`,
  )
})

test('a deleted mirror comes back while the pod goes on', async () => {
  const before = await rig.waitForPod(KEY.namespace, KEY.name, running)
  await rig.admin.delete(PODS, KEY)
  const after = await rig.waitForPod(
    KEY.namespace,
    KEY.name,
    (pod) => running(pod) && pod.metadata.uid !== before.metadata.uid,
  )
  expect(after.status?.containerStatuses?.[0]?.containerID).toBe(
    before.status?.containerStatuses?.[0]?.containerID,
  )
})

test('a token is trusted for two minutes after its review, a refusal of access for thirty seconds', async () => {
  const count = (): number => rig.api.requestCounts()['create tokenreviews'] ?? 0
  const request = { metadata: {}, spec: { expirationSeconds: 3600 } }
  const { status } = await rig.admin.create<Pod & { status?: { token?: string } }>(
    { ...PODS, plural: 'serviceaccounts', singular: 'serviceaccount', kind: 'ServiceAccount' },
    request as never,
    { namespace: 'kube-system', name: 'default', subresource: 'token' },
  )
  const token = status?.token ?? ''
  const ask = async (): Promise<number> => (await rig.get('/stats/summary', { token })).status
  const before = count()
  expect([await ask(), await ask()]).toEqual([403, 403])
  expect(count() - before).toBe(1)
  clock.advance(119_000)
  await ask()
  expect(count() - before).toBe(1)
  clock.advance(2000)
  await ask()
  expect(count() - before).toBe(2)
})

test('rates come with the second reading', async () => {
  await json('/stats/summary')
  clock.advance(2000)
  const summary = await waitFor(
    'a rate',
    async () => {
      const seen = await json<{ pods: { cpu: { usageNanoCores?: number } }[] }>('/stats/summary')
      clock.advance(2000)
      return seen.pods[0]?.cpu.usageNanoCores === undefined ? undefined : seen
    },
    { timeoutMs: 10_000 },
  )
  expect(summary.pods[0]?.cpu.usageNanoCores).toBeGreaterThanOrEqual(0)
})
