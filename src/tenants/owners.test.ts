import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeList, Pod } from '../kube/index.ts'
import { CONFIG_HASH, CONFIG_MIRROR } from './keys.ts'
import { createOwnerMap } from './owners.ts'
import type { Tenant } from './tenant.ts'

const hostPods = (
  JSON.parse(
    readFileSync(new URL('../../test/fixtures/vcluster/host-pods.json', import.meta.url), 'utf8'),
  ) as KubeList<Pod>
).items
const k8s1: Tenant = { name: 'k8s1', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }
const k8s2: Tenant = { name: 'k8s2', hostNamespaces: ['vcluster-k8s2'], vcluster: 'k8s2' }

const adminPod = (name: string, uid: string, more: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: { name, namespace: 'kube-system', uid, ...more },
  spec: { containers: [] },
})
const etcd = adminPod('etcd-node-1', 'mirror-uid', {
  annotations: { [CONFIG_HASH]: 'hash-of-etcd', [CONFIG_MIRROR]: 'hash-of-etcd' },
  ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'n', controller: true }],
})

describe('an owner map', () => {
  test('finds a pod by host name and by host uid, and lists each tenant’s', () => {
    const owners = createOwnerMap([...hostPods, etcd], [k8s1, k8s2])
    for (const { metadata } of hostPods) {
      const found = owners.byName('vcluster-k8s1', metadata.name!)
      expect(found).toBeDefined()
      expect(owners.byUid(metadata.uid!)).toBe(found)
    }
    expect(owners.podsOf(k8s1)).toEqual(owners.owned)
    expect(owners.owned).toHaveLength(hostPods.length)
    expect(owners.podsOf(k8s2)).toEqual([])
    expect([...owners.unowned]).toEqual([['namespace-of-no-tenant', 1]])
  })

  test('does not know what is not in the list', () => {
    const owners = createOwnerMap(hostPods, [k8s1])
    expect(owners.byName('vcluster-k8s1', 'gone')).toBeUndefined()
    expect(owners.ownershipByUid('toString')).toBeUndefined()
    expect(owners.byUid('')).toBeUndefined()
  })

  test('knows a static pod by its config hash', () => {
    const owners = createOwnerMap([etcd], [k8s1])
    expect(owners.ownershipByUid('hash-of-etcd')).toEqual({
      owned: false,
      reason: 'namespace-of-no-tenant',
    })
    expect(owners.ownershipByUid('mirror-uid')).toBeDefined()
  })

  test('a tenant that writes a static pod’s hash onto its own pod does not get that pod’s uid', () => {
    const thief = structuredClone(hostPods[0]!)
    Object.assign(thief.metadata.annotations!, {
      [CONFIG_HASH]: 'hash-of-etcd',
      [CONFIG_MIRROR]: 'hash-of-etcd',
    })
    const owners = createOwnerMap([thief, etcd], [k8s1])
    expect(owners.byUid('hash-of-etcd')).toBeUndefined()
    expect(owners.ownershipByUid('hash-of-etcd')).toEqual({
      owned: false,
      reason: 'namespace-of-no-tenant',
    })
    expect(createOwnerMap([thief], [k8s1]).ownershipByUid('hash-of-etcd')).toBeUndefined()
  })

  test('a config hash never hides a pod that really has that uid', () => {
    const [pod] = hostPods
    const mirror = adminPod('mirror', 'other', {
      annotations: { [CONFIG_HASH]: pod!.metadata.uid!, [CONFIG_MIRROR]: pod!.metadata.uid! },
      ownerReferences: etcd.metadata.ownerReferences!,
    })
    const owners = createOwnerMap([mirror, pod!], [k8s1])
    expect(owners.byUid(pod!.metadata.uid!)?.host.name).toBe(pod!.metadata.name)
  })

  test('two host pods with one uid, or with one name, belong to nobody', () => {
    const [first, second] = structuredClone(hostPods)
    second!.metadata.uid = first!.metadata.uid!
    const sameUid = createOwnerMap([first!, second!], [k8s1])
    expect(sameUid.owned).toEqual([])
    expect(sameUid.unowned.get('host-pod-twice')).toBe(2)

    const reused = structuredClone(hostPods[0]!)
    reused.metadata.uid = 'a-later-pod'
    const sameName = createOwnerMap([hostPods[0]!, reused], [k8s1])
    expect(sameName.byName('vcluster-k8s1', reused.metadata.name!)).toBeUndefined()
    expect(sameName.byUid('a-later-pod')).toBeUndefined()
  })
})
