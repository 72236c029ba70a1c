import { expect, test } from 'vitest'
import type { Pod } from '../kube/index.ts'
import { findVclusters } from './find-vclusters.ts'
import * as keys from './keys.ts'

function controlPlane(
  metadata: Partial<Pod['metadata']> = {},
  spec: Partial<Pod['spec']> = {},
  status: NonNullable<Pod['status']> = { phase: 'Running', podIP: '10.0.0.7' },
): Pod {
  const labels = { app: 'vcluster', release: 'k8s1' }
  const containers = [
    { name: 'syncer', image: 'v', ports: [{ name: 'https', containerPort: 9443 }] },
  ]
  return {
    metadata: { name: 'k8s1-0', namespace: 'team-a', uid: 'u', labels, ...metadata },
    spec: { containers, ...spec },
    status,
  }
}

test('a control plane’s pod tells its vcluster’s name, namespace and address', () => {
  expect(findVclusters([controlPlane()]).found).toEqual([
    { name: 'k8s1', namespace: 'team-a', podIP: '10.0.0.7', port: 9443 },
  ])
})

test('without the label, the StatefulSet that owns the pod has the name', () => {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    name: 'db',
    uid: 's',
    controller: true,
  }
  const pod = controlPlane({ labels: { app: 'vcluster' }, ownerReferences: [owner] })
  expect(findVclusters([pod]).found[0]?.name).toBe('db')
})

test('of several replicas the oldest that stays tells the address, whatever their order', () => {
  const old = controlPlane({ creationTimestamp: '2026-01-01T00:00:00Z' })
  const young = controlPlane(
    { name: 'k8s1-1', creationTimestamp: '2026-01-02T00:00:00Z' },
    {},
    { phase: 'Running', podIP: '10.0.0.8' },
  )
  const leaving = controlPlane(
    { creationTimestamp: '2025-01-01T00:00:00Z', deletionTimestamp: '2026-01-03T00:00:00Z' },
    {},
    { phase: 'Running', podIP: '10.0.0.9' },
  )
  const pods = [leaving, young, old]
  for (const list of [pods, pods.toReversed()]) {
    const { found } = findVclusters(list)
    expect(found).toHaveLength(1)
    expect(found[0]?.podIP).toBe('10.0.0.7')
  }
})

test('one that has no address yet is a vcluster all the same, so that it claims its namespace', () => {
  const { found } = findVclusters([controlPlane({}, {}, { phase: 'Pending' })])
  expect(found[0]).toMatchObject({ name: 'k8s1', podIP: undefined })
})

test.each([
  [
    'synced',
    controlPlane({ labels: { app: 'vcluster', release: 'x', [keys.MANAGED_BY]: 'k8s1' } }),
  ],
  ['synced', controlPlane({ annotations: { [keys.OBJECT_NAME]: 'inner-0' } })],
  ['no-vcluster-name', controlPlane({ labels: { app: 'vcluster' } })],
  ['no-vcluster-name', controlPlane({ labels: { app: 'vcluster', release: 'a/b' } })],
  ['host-network', controlPlane({}, { hostNetwork: true })],
] as const)('a pod that only looks like one is ignored and counted: %s', (reason, pod) => {
  const { found, ignored } = findVclusters([pod])
  expect(found).toEqual([])
  expect(ignored.get(reason)).toEqual([pod])
})

test('an address that is none, and a pod that has ended, lead nowhere', () => {
  const odd = controlPlane({}, {}, { phase: 'Running', podIP: 'evil.example/x' })
  expect(findVclusters([odd]).found[0]?.podIP).toBeUndefined()
  expect(findVclusters([controlPlane({}, {}, { phase: 'Failed' })]).found).toEqual([])
})
