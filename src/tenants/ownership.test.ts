import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KubeList, Pod } from '../kube/index.ts'
import { KEY_FACTS } from './keys.ts'
import * as keys from './keys.ts'
import { ownershipOf } from './ownership.ts'
import type { Tenant } from './tenant.ts'

const fixture = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../test/fixtures/vcluster/${name}`, import.meta.url), 'utf8'),
  ) as unknown
const hostPods = (fixture('host-pods.json') as KubeList<Pod>).items
const virtualPods = (fixture('virtual-pods.json') as KubeList<Pod>).items
const synced = fixture('vcluster-synced-pod.json') as Pod

const k8s1: Tenant = { name: 'k8s1', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }
const k8s2: Tenant = { name: 'k8s2', hostNamespaces: ['vcluster-k8s2'], vcluster: 'k8s2' }
const tenants = [k8s1, k8s2]

/** The real pod with some labels, annotations or coordinates changed; undefined takes a key away. */
function changed(change: {
  name?: string
  namespace?: string
  labels?: Record<string, string | undefined>
  annotations?: Record<string, string | undefined>
}): Pod {
  const pod = structuredClone(synced)
  if (change.name !== undefined) pod.metadata.name = change.name
  if (change.namespace !== undefined) pod.metadata.namespace = change.namespace
  for (const part of ['labels', 'annotations'] as const) {
    for (const [key, value] of Object.entries(change[part] ?? {})) {
      const map = (pod.metadata[part] ??= {})
      if (value === undefined) Reflect.deleteProperty(map, key)
      else map[key] = value
    }
  }
  return pod
}

describe('pods of a real vcluster', () => {
  test.each(hostPods.map((pod) => [pod.metadata.name!, pod] as const))(
    '%s is owned, and named as in the virtual cluster',
    (_name, pod) => {
      const ownership = ownershipOf(pod, tenants)
      expect(ownership.owned).toBe(true)
      if (!ownership.owned) return
      expect(ownership.pod.tenant).toBe(k8s1)
      const { namespace, name, uid } = ownership.pod.virtual
      const virtual = virtualPods.find((each) => each.metadata.uid === uid)
      expect({ namespace, name }).toEqual({
        namespace: virtual?.metadata.namespace,
        name: virtual?.metadata.name,
      })
      expect(ownership.pod.host.uid).toBe(pod.metadata.uid)
    },
  )

  test('a pod of a vcluster before 0.21, without kind and host coordinates, is owned', () => {
    const pod = changed({
      annotations: {
        [keys.OBJECT_KIND]: undefined,
        [keys.OBJECT_HOST_NAME]: undefined,
        [keys.OBJECT_HOST_NAMESPACE]: undefined,
      },
    })
    expect(ownershipOf(pod, tenants).owned).toBe(true)
  })
})

describe('what is missing, forged or contradictory belongs to nobody', () => {
  test.each([
    [
      'another namespace with everything copied (ownership forgery)',
      { namespace: 'default' },
      'namespace-of-no-tenant',
    ],
    [
      'a pod in a neighbour’s namespace (ownership forgery)',
      { namespace: 'vcluster-k8s2' },
      'not-managed-by-vcluster',
    ],
    [
      'the control plane’s own pod, or an administrator’s: no marker',
      { labels: { [keys.MANAGED_BY]: undefined } },
      'not-managed-by-vcluster',
    ],
    [
      'the marker of the neighbour (ownership forgery)',
      { labels: { [keys.MANAGED_BY]: 'k8s2' } },
      'not-managed-by-vcluster',
    ],
    [
      'a marker as annotation only',
      {
        labels: { [keys.MANAGED_BY]: undefined },
        annotations: { [keys.MANAGED_BY]: 'k8s1' },
      },
      'not-managed-by-vcluster',
    ],
    ['no virtual name', { annotations: { [keys.OBJECT_NAME]: undefined } }, 'virtual-name-missing'],
    [
      'an empty virtual namespace',
      { annotations: { [keys.OBJECT_NAMESPACE]: '' } },
      'virtual-name-missing',
    ],
    [
      'only the legacy annotations, which tenants can write',
      {
        annotations: {
          [keys.OBJECT_NAME]: undefined,
          [keys.OBJECT_NAMESPACE]: undefined,
          [keys.LEGACY_NAME]: 'simple-app-k8s1',
          [keys.NAMESPACE]: 'test-app',
        },
      },
      'virtual-name-missing',
    ],
    [
      'another kind of object',
      { annotations: { [keys.OBJECT_KIND]: '/v1, Kind=Secret' } },
      'other-object-kind',
    ],
    ['an empty kind', { annotations: { [keys.OBJECT_KIND]: '' } }, 'other-object-kind'],
    [
      'annotations copied from another host pod (ownership forgery)',
      { annotations: { [keys.OBJECT_HOST_NAME]: 'web-x-test-app-x-k8s1' } },
      'other-host-object',
    ],
    [
      'annotations copied from another host namespace (ownership forgery)',
      { annotations: { [keys.OBJECT_HOST_NAMESPACE]: 'vcluster-k8s2' } },
      'other-host-object',
    ],
    [
      'a virtual name that is not this pod’s (names another virtual pod)',
      { annotations: { [keys.OBJECT_NAME]: 'victim' } },
      'name-does-not-translate',
    ],
    [
      'a virtual namespace that is not this pod’s',
      { annotations: { [keys.OBJECT_NAMESPACE]: 'kube-system' } },
      'name-does-not-translate',
    ],
    [
      'no virtual uid (vcluster before 0.14)',
      { annotations: { [keys.OBJECT_UID]: undefined } },
      'virtual-uid-missing',
    ],
  ] as const)('%s', (_attack, change, reason) => {
    expect(ownershipOf(changed(change), tenants)).toEqual({ owned: false, reason })
  })

  test('a namespace that two tenants claim belongs to neither', () => {
    const other: Tenant = { name: 'other', hostNamespaces: ['vcluster-k8s1'], vcluster: 'other' }
    expect(ownershipOf(synced, [k8s1, other])).toEqual({
      owned: false,
      reason: 'namespace-of-two-tenants',
    })
  })

  test('a vcluster name that two namespaces share is told apart by the namespace', () => {
    const twin: Tenant = { name: 'twin', hostNamespaces: ['vcluster-k8s2'], vcluster: 'k8s1' }
    const ownership = ownershipOf(synced, [twin, k8s1])
    expect(ownership.owned && ownership.pod.tenant.name).toBe('k8s1')
  })

  test('a namespace called like a property of every object is nobody’s', () => {
    expect(ownershipOf(changed({ namespace: 'constructor' }), tenants).owned).toBe(false)
    const vcluster: Tenant = { ...k8s1, vcluster: 'toString' }
    expect(ownershipOf(changed({ labels: { [keys.MANAGED_BY]: undefined } }), [vcluster])).toEqual({
      owned: false,
      reason: 'not-managed-by-vcluster',
    })
  })

  test('the virtual pod in one namespace whose host name is another’s (a-x-b in c, a in b-x-c) is told by its annotations', () => {
    const pod = changed({
      name: 'a-x-b-x-c-x-k8s1',
      annotations: {
        [keys.OBJECT_HOST_NAME]: 'a-x-b-x-c-x-k8s1',
        [keys.OBJECT_NAME]: 'a',
        [keys.OBJECT_NAMESPACE]: 'b-x-c',
      },
    })
    const ownership = ownershipOf(pod, tenants)
    expect(ownership.owned && ownership.pod.virtual).toMatchObject({
      name: 'a',
      namespace: 'b-x-c',
    })
  })
})

describe('whatever a tenant writes where it can', () => {
  const writable = KEY_FACTS.filter((fact) => fact.tenantCanSet !== 'no').map((fact) =>
    fact.key.replace('*', 'abcdefgh'),
  )

  test('neither its labels nor the annotations it can set change the owner or the names', () => {
    const before = ownershipOf(synced, tenants)
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...writable), fc.string()),
        fc.dictionary(fc.string(), fc.string()),
        (annotations, labels) => {
          const own = { ...labels, [keys.MANAGED_BY]: 'k8s1' }
          expect(ownershipOf(changed({ annotations, labels: own }), tenants)).toEqual(before)
        },
      ),
    )
  })

  test('any other name, namespace or marker is never owned by a tenant that does not have it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (name, namespace, marker) => {
        fc.pre(name !== synced.metadata.name)
        const pod = changed({ name, namespace, labels: { [keys.MANAGED_BY]: marker } })
        expect(ownershipOf(pod, tenants).owned).toBe(false)
      }),
    )
  })
})
