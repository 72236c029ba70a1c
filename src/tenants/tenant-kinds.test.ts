import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Pod } from '../kube/index.ts'
import * as keys from './keys.ts'
import { multiNamespaceName } from './names.ts'
import { createOwnerMap } from './owners.ts'
import { contestedNamespaces, ownershipOf } from './ownership.ts'
import { kindOf } from './tenant-kind.ts'
import type { Tenant } from './tenant.ts'

const synced = JSON.parse(
  readFileSync(
    new URL('../../test/fixtures/vcluster/vcluster-synced-pod.json', import.meta.url),
    'utf8',
  ),
) as Pod

const multi: Tenant = {
  name: 'old',
  hostNamespaces: ['vcluster-old'],
  vcluster: 'old',
  multiNamespace: true,
}
const home = multiNamespaceName('shop', 'vcluster-old', 'old')

/** What the syncer of 0.20 makes of the pod `web` of the virtual namespace `shop`. */
function multiPod(
  change: { name?: string; namespace?: string; annotations?: Record<string, string> } = {},
): Pod {
  const { name = 'web', namespace = home, annotations = {} } = change
  return {
    metadata: {
      name,
      namespace,
      uid: 'host-uid',
      // Copied from the tenant's pod as they are: the tenant may write the marker here.
      labels: { [keys.MANAGED_BY]: 'somebody-else', [keys.NAMESPACE]: 'kube-system' },
      annotations: {
        [keys.OBJECT_NAME]: 'web',
        [keys.OBJECT_NAMESPACE]: 'shop',
        [keys.OBJECT_UID]: 'virtual-uid',
        ...annotations,
      },
    },
    spec: { containers: [] },
  }
}

describe('multi-namespace mode (vcluster ≤ 0.25)', () => {
  test('the host namespace follows from the virtual one, names stay, and the marker is not read', () => {
    const ownership = ownershipOf(multiPod(), [multi])
    expect(ownership.owned && ownership.pod.virtual).toEqual({
      namespace: 'shop',
      name: 'web',
      uid: 'virtual-uid',
    })
  })

  test.each([
    ['another pod’s name', { annotations: { [keys.OBJECT_NAME]: 'db' } }],
    ['another namespace’s pod', { annotations: { [keys.OBJECT_NAMESPACE]: 'bank' } }],
    ['a pod in the control plane’s own namespace', { namespace: 'vcluster-old' }],
  ])('%s does not translate', (_, change) => {
    const ownership = ownershipOf(multiPod(change), [multi])
    expect(ownership).toEqual({ owned: false, reason: 'name-does-not-translate' })
  })

  test('the namespaces of another vcluster in that mode are not its own', () => {
    const namespace = multiNamespaceName('shop', 'vcluster-new', 'new')
    const ownership = ownershipOf(multiPod({ namespace }), [multi])
    expect(ownership).toEqual({ owned: false, reason: 'namespace-of-no-tenant' })
  })

  test('a computed namespace that another tenant claims belongs to neither', () => {
    const thief: Tenant = { name: 'thief', hostNamespaces: [home], vcluster: null }
    const ownership = ownershipOf(multiPod(), [multi, thief])
    expect(ownership).toEqual({ owned: false, reason: 'namespace-of-two-tenants' })
    expect([...contestedNamespaces([multi, thief])]).toEqual([[home, ['old', 'thief']]])
  })

  test('objects keep their names, the root certificate’s ConfigMap excepted', () => {
    const kind = kindOf(multi)
    expect(kind.objectName('settings', 'shop')).toBe('settings')
    const host = kind.hostObjectName('kube-root-ca.crt', 'shop')
    expect(host).toBe('vcluster-kube-root-ca.crt-x-old')
    expect(kind.objectName(host, 'shop')).toBe('kube-root-ca.crt')
  })
})

describe('namespaces as a tenant', () => {
  const oil: Tenant = { name: 'oil', hostNamespaces: ['oil-dev', 'oil-prod'], vcluster: null }
  const plain = (namespace: string, more: Partial<Pod['metadata']> = {}): Pod => ({
    metadata: { name: 'web', namespace, uid: 'u', ...more },
    spec: { containers: [] },
  })

  test('the host’s names and uids are the tenant’s own', () => {
    const ownership = ownershipOf(plain('oil-prod'), [oil])
    expect(ownership.owned && ownership.pod.virtual).toEqual(ownership.owned && ownership.pod.host)
  })

  test('the namespace alone decides: no annotation moves a pod, into it or out of it', () => {
    const annotations = { [keys.OBJECT_NAME]: 'x', [keys.OBJECT_NAMESPACE]: 'oil-dev' }
    const labels = { [keys.MANAGED_BY]: 'oil', 'capsule.clastix.io/tenant': 'oil' }
    expect(ownershipOf(plain('gas', { annotations, labels }), [oil]).owned).toBe(false)
    const own = ownershipOf(plain('oil-dev', { annotations }), [oil])
    expect(own.owned && own.pod.virtual.name).toBe('web')
  })

  test('a synced pod is not the vcluster’s where a second tenant claims the namespace', () => {
    const k8s1: Tenant = { name: 'k8s1', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }
    const both: Tenant = { name: 'both', hostNamespaces: ['vcluster-k8s1'], vcluster: null }
    expect(createOwnerMap([synced], [k8s1, both]).unowned.get('namespace-of-two-tenants')).toBe(1)
    expect(createOwnerMap([synced], [k8s1]).owned).toHaveLength(1)
  })

  test('a static pod in it has the uid that the list gives it: the kubelet’s is its config hash', () => {
    const annotations = { [keys.CONFIG_HASH]: 'c0ffee' }
    const owners = createOwnerMap([plain('oil-dev', { uid: 'c0ffee', annotations })], [oil])
    expect(owners.byUid('c0ffee')?.virtual.uid).toBe('c0ffee')
  })
})

describe('nested vclusters', () => {
  test('the inner vcluster’s pods are the outer tenant’s: only the outer marker is on the host', () => {
    const outer: Tenant = { name: 'k8s1', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }
    const pod = structuredClone(synced)
    // What the inner syncer wrote was copied as labels of the outer virtual pod, under hashed keys.
    pod.metadata.labels!['vcluster.loft.sh/label-k8s1-x-e5f1b28ab2'] = 'inner'
    const ownership = ownershipOf(pod, [outer])
    expect(ownership.owned && ownership.pod.tenant).toBe(outer)
  })
})
