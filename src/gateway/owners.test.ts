import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeList, Pod } from '../kube/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { hostOwners } from './owners.ts'
import { sliceOffline } from './slice-offline.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../../test/fixtures/vcluster-node/${name}`, import.meta.url), 'utf8')
const pods = fixture('pods.json')
const list = (JSON.parse(pods) as KubeList<Pod>).items
const k8s1: Tenant = { name: 'k8s1', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }
const k8s2: Tenant = { name: 'k8s2', hostNamespaces: ['vcluster-k8s2'], vcluster: 'k8s2' }
const web = list.find(({ metadata }) => metadata.name?.startsWith('simple-app-k8s1-x-'))!
const uid = web.metadata.uid ?? ''
const LATER = '99999999-9999-4999-8999-999999999999'

describe('a name that is re-used inside a snapshot’s life', () => {
  /** The payload is about a later pod of the same namespace and name than the list of owners. */
  const later = (text: string): Buffer =>
    Buffer.from(
      text.replaceAll(uid, LATER).replaceAll(uid.replaceAll('-', '_'), LATER.replaceAll('-', '_')),
    )

  test.each([
    ['cadvisor', 'metrics-cadvisor.txt'],
    ['summary', 'stats-summary.json'],
    ['pods', 'pods.json'],
  ] as const)(
    '%s: what has another uid than the owner’s pod is told to nobody',
    (endpoint, file) => {
      const text = fixture(file)
      const slice = (payload: Buffer): string =>
        sliceOffline({ endpoint, payload, pods: Buffer.from(pods), tenant: k8s1 }).toString()
      expect(slice(Buffer.from(text))).toContain('simple-app-k8s1')
      const told = slice(later(text))
      expect(told).not.toContain(LATER)
      expect(told).not.toContain('"simple-app-k8s1"')
    },
  )
})

describe('the owners of a node’s pods', () => {
  test('what is nobody’s is counted by reason', () => {
    const { unowned } = hostOwners(list, [k8s1, k8s2])
    const strangers = list.filter(
      ({ metadata }) => !['vcluster-k8s1', 'vcluster-k8s2'].includes(metadata.namespace ?? ''),
    )
    expect(unowned.get('namespace-of-no-tenant')).toBe(strangers.length)
  })

  test('two tenants of one namespace: neither has a pod there', () => {
    const twin: Tenant = { name: 'twin', hostNamespaces: ['vcluster-k8s1'], vcluster: 'k8s1' }
    const { lookup, unowned } = hostOwners(list, [k8s1, twin])
    expect(lookup('vcluster-k8s1', web.metadata.name ?? '')).toBeUndefined()
    expect(unowned.get('namespace-of-two-tenants')).toBeGreaterThan(0)
  })

  test('names that Kubernetes would not take are not told, whatever an annotation says', () => {
    const odd = structuredClone(web)
    odd.metadata.namespace = 'oil'
    odd.metadata.uid = 'a"b'
    const oil: Tenant = { name: 'oil', hostNamespaces: ['oil'], vcluster: null }
    expect(hostOwners([odd], [oil]).lookup('oil', web.metadata.name ?? '')).toBeUndefined()
  })
})
