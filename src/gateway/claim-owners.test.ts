import { expect, test } from 'vitest'
import type { Pod } from '../kube/index.ts'
import { hostName } from '../tenants/index.ts'
import { claimLookup } from './claim-owners.ts'
import { ownerLookup } from './owners.ts'

const tenants = ['k8s1', 'k8s2'].map((name) => ({
  name,
  vcluster: name,
  hostNamespaces: [`vcluster-${name}`],
}))

/** A host pod of a tenant that mounts these host claims. */
function pod(tenant: string, name: string, namespace: string, ...hostClaims: string[]): Pod {
  return {
    metadata: {
      name: hostName(name, namespace, tenant),
      namespace: `vcluster-${tenant}`,
      uid: `uid-${tenant}-${name}-${namespace}`,
      labels: { 'vcluster.loft.sh/managed-by': tenant },
      annotations: {
        'vcluster.loft.sh/object-name': name,
        'vcluster.loft.sh/object-namespace': namespace,
        'vcluster.loft.sh/object-uid': `virtual-${name}`,
      },
    },
    spec: {
      containers: [],
      volumes: hostClaims.map((claimName, i) => ({
        name: `v${i}`,
        persistentVolumeClaim: { claimName },
      })),
    },
  }
}
const claimsOf = (...pods: Pod[]): ReturnType<typeof claimLookup> =>
  claimLookup(pods, ownerLookup(pods, tenants))

test('a claim is its pods’ tenant’s, under its virtual name', () => {
  const host = hostName('data', 'shop', 'k8s1')
  const claims = claimsOf(pod('k8s1', 'a', 'shop', host), pod('k8s1', 'b', 'shop', host))
  expect(claims('vcluster-k8s1', host)).toEqual({
    slice: 0,
    virtual: { namespace: 'shop', name: 'data' },
  })
  expect(claims('vcluster-k8s2', host)).toBeUndefined()
})

test('equal claims of two tenants stay apart', () => {
  const claims = claimsOf(
    pod('k8s1', 'a', 'shop', hostName('data', 'shop', 'k8s1')),
    pod('k8s2', 'a', 'shop', hostName('data', 'shop', 'k8s2')),
  )
  expect(claims('vcluster-k8s2', hostName('data', 'shop', 'k8s2'))?.slice).toBe(1)
})

test('a host name that two pods read differently is nobody’s', () => {
  // a-x-b in c and a in b-x-c have the same host name.
  const host = hostName('a-x-b', 'c', 'k8s1')
  expect(host).toBe(hostName('a', 'b-x-c', 'k8s1'))
  const pods = [pod('k8s1', 'p', 'c', host), pod('k8s1', 'q', 'b-x-c', host)]
  expect(claimsOf(...pods)('vcluster-k8s1', host)).toBeUndefined()
  expect(claimsOf(...pods.reverse())('vcluster-k8s1', host)).toBeUndefined()
  expect(claimsOf(pod('k8s1', 'p', 'c', host))('vcluster-k8s1', host)?.virtual.name).toBe('a-x-b')
})

test('once two readings differ, a third pod does not settle it', () => {
  const host = hostName('a-x-b', 'c', 'k8s1')
  const claims = claimsOf(
    pod('k8s1', 'p', 'c', host),
    pod('k8s1', 'q', 'b-x-c', host),
    pod('k8s1', 'r', 'c', host),
  )
  expect(claims('vcluster-k8s1', host)).toBeUndefined()
})

test('a name that was cut cannot be undone, and the claims of unowned pods are nobody’s', () => {
  const cut = hostName('a-rather-long-claim-name-as-operators-make-them', 'production', 'k8s1')
  expect(claimsOf(pod('k8s1', 'a', 'production', cut))('vcluster-k8s1', cut)).toBeUndefined()
  const stranger = pod('k8s1', 'a', 'shop', 'data-x-shop-x-k8s1')
  const unowned = { ...stranger, metadata: { ...stranger.metadata, labels: {} } }
  expect(claimsOf(unowned)('vcluster-k8s1', 'data-x-shop-x-k8s1')).toBeUndefined()
})
