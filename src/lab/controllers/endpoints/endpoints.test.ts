import { expect, test } from 'vitest'
import type { Pod, Service } from '../../../kube/index.ts'
import { backendsOf } from './backends.ts'
import { endpointsOf } from './legacy.ts'
import { planSlices } from './slices.ts'

const service = (spec: Partial<Service['spec']> = {}): Service => ({
  metadata: { name: 'web', namespace: 'shop', uid: 's1', labels: { tier: 'front' } },
  spec: {
    clusterIP: '10.96.0.9',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    ...spec,
  },
})

function pod(name: string, ip: string, ready = true, port = 8080): Pod {
  const ports = [{ name: 'http', containerPort: port }]
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels: { app: 'web' } },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x', ports }] },
    status: {
      phase: 'Running',
      podIP: ip,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  }
}

test('a slice and the Endpoints name ready pods, and those that are not yet', () => {
  const backends = backendsOf(service(), [pod('b', '10.0.0.2', false), pod('a', '10.0.0.1')])
  const { create, update, remove } = planSlices(service(), backends, [])
  expect([update, remove]).toEqual([[], []])
  expect(create[0]).toMatchObject({
    metadata: {
      generateName: 'web-',
      labels: {
        tier: 'front',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [{ kind: 'Service', name: 'web', controller: true }],
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: ['10.0.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'n1',
        targetRef: { kind: 'Pod', name: 'a', namespace: 'shop', uid: 'uid-a' },
      },
      { addresses: ['10.0.0.2'], conditions: { ready: false, serving: false } },
    ],
  })
  const again = create.map((slice) => ({
    ...slice,
    metadata: { ...slice.metadata, name: 'web-1' },
  }))
  expect(planSlices(service(), backends, again)).toEqual({ create: [], update: [], remove: [] })
  expect(endpointsOf(service(), backends).subsets).toMatchObject([
    {
      addresses: [{ ip: '10.0.0.1' }],
      notReadyAddresses: [{ ip: '10.0.0.2' }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  ])
})

test('pods with other numbers behind a port have slices of their own, hundreds of pods several', () => {
  const many = Array.from({ length: 120 }, (_, n) => pod(`p${n}`, `10.0.0.${n}`))
  const backends = backendsOf(service(), [...many, pod('other', '10.0.1.1', true, 9090)])
  const sizes = planSlices(service(), backends, []).create.map(({ endpoints }) => endpoints.length)
  expect(sizes.sort()).toEqual([1, 100, 20])
})

test('pods that end serve no more, unless they are published all the same; headless ones are named', () => {
  const ending = pod('a', '10.0.0.1')
  ending.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
  const [endpoint] =
    planSlices(service(), backendsOf(service(), [ending]), []).create[0]?.endpoints ?? []
  expect(endpoint?.conditions).toEqual({ ready: false, serving: true, terminating: true })
  expect(endpointsOf(service(), backendsOf(service(), [ending])).subsets).toBeUndefined()
  const open = service({ publishNotReadyAddresses: true, clusterIP: 'None' })
  const first = { ...pod('a-0', '10.0.0.1', false) }
  first.spec = { ...first.spec, hostname: 'a-0', subdomain: 'web' }
  const [slice] = planSlices(open, backendsOf(open, [first]), []).create
  expect(slice?.metadata.labels).toMatchObject({ 'service.kubernetes.io/headless': '' })
  expect(slice?.endpoints[0]).toMatchObject({ hostname: 'a-0', conditions: { ready: true } })
})
