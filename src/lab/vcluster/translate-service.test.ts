import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeList, Service } from '../../kube/index.ts'
import type { SyncContext } from './context.ts'
import { nodeServiceOf } from './node-service.ts'
import { hostServiceOf, isApiService, nextHostSpec, portsOfHost } from './translate-service.ts'

const real = JSON.parse(
  readFileSync(
    new URL('../../../test/fixtures/vcluster/host-services.json', import.meta.url),
    'utf8',
  ),
) as KubeList<Service>
const realOf = (name: string): Service =>
  real.items.find((each) => each.metadata.name === name) as Service

const context: SyncContext = {
  vcluster: 'k8s1',
  hostNamespace: 'vcluster-k8s1',
  owner: { name: 'k8s1', uid: '435946e7-2ce9-4900-84a5-28e004e4ecee' },
  api: { address: '127.77.0.80', port: 443 },
  apiAtService: false,
  dnsAddress: '127.77.0.163',
  useSecretsForSATokens: false,
  syncNodes: false,
}

/** What the host's own API server fills in is not the syncer's. */
function syncersPart({ metadata, spec }: Service): unknown {
  const { name, namespace, labels, annotations, ownerReferences } = metadata
  const { type, clusterIP, ports, selector } = spec
  return {
    metadata: { name, namespace, labels, annotations, ownerReferences },
    spec: { type, clusterIP, ports, selector },
  }
}

const virtual = (spec: Partial<Service['spec']>, name = 'web'): Service => ({
  metadata: { name, namespace: 'default', uid: 'u' },
  spec: { type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
})

describe('a Service on the host', () => {
  test('is what a real vcluster made of kube-dns', () => {
    const expected = realOf('kube-dns-x-kube-system-x-k8s1')
    const { ports, clusterIP } = expected.spec
    const dns: Service = {
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        uid: '0325f300-0d74-4c95-9f6a-441820c006fb',
        labels: { 'k8s-app': 'kube-dns' },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: clusterIP!,
        ports: ports!,
        selector: { 'k8s-app': 'vcluster-kube-dns' },
      },
    }
    expect(syncersPart(hostServiceOf(dns, context))).toEqual(syncersPart(expected))
  })

  test('for a node is what a real vcluster made for its kubelet', () => {
    const expected = realOf('k8s1-node-rig136-node')
    expect(syncersPart(nodeServiceOf('rig136-node', context))).toEqual(syncersPart(expected))
  })

  test('selects by the translated keys of reserved labels', () => {
    const { selector } = hostServiceOf(virtual({ selector: { release: 'r1' } }), context).spec
    expect(selector).toEqual({
      'vcluster.loft.sh/label-k8s1-x-a4d451ec23': 'r1',
      'vcluster.loft.sh/managed-by': 'k8s1',
      'vcluster.loft.sh/namespace': 'default',
    })
  })

  test('has no selector where the virtual one has none, and stays headless', () => {
    const { spec } = hostServiceOf(virtual({ clusterIP: 'None' }), context)
    expect(spec).not.toHaveProperty('selector')
    expect(spec.clusterIP).toBe('None')
  })

  test('keeps the address and the node ports that the host gave', () => {
    const given = { port: 80, protocol: 'TCP', nodePort: 30_123 }
    const mine = virtual({ type: 'NodePort', ports: [{ ...given, nodePort: 31_000 }] })
    const wanted = hostServiceOf(mine, context)
    expect(wanted.spec.ports).toEqual([{ port: 80, protocol: 'TCP' }])
    const host = { ...wanted, spec: { ...wanted.spec, clusterIP: '10.96.0.9', ports: [given] } }
    expect(nextHostSpec(host, wanted)).toMatchObject({ clusterIP: '10.96.0.9', ports: [given] })
    expect(portsOfHost(mine, host)).toEqual([given])
    const cluster = hostServiceOf(virtual({ type: 'ClusterIP' }), context)
    expect(nextHostSpec(host, cluster).ports).toEqual([{ port: 80, protocol: 'TCP' }])
  })

  test('does not exist for the virtual API server’s own', () => {
    expect(isApiService({ ...virtual({}, 'kubernetes') })).toBe(true)
    expect(isApiService(virtual({}))).toBe(false)
  })
})
