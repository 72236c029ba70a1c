import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { KubeList, KubeObject, Node } from '../../kube/index.ts'
import type { SyncContext } from './context.ts'
import { hostEndpointsOf } from './endpoints-rules.ts'
import { virtualKeyOf } from './host-identity.ts'
import { nextMirrorStep } from './next-mirror-step.ts'
import { syncedNode } from './synced-node.ts'
import { fakeVolume, hostClaimOf } from './translate-claim.ts'
import { involvedOf, virtualEventOf } from './translate-event.ts'

const fixture = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../../test/fixtures/vcluster/${name}`, import.meta.url), 'utf8'),
  ) as unknown

const context: SyncContext = {
  vcluster: 'k8s1',
  hostNamespace: 'vcluster-k8s1',
  owner: { name: 'k8s1', uid: 'o' },
  api: { address: '127.77.0.139', port: 443 },
  apiAtService: false,
  dnsAddress: '127.77.0.163',
  useSecretsForSATokens: false,
  syncNodes: true,
}

test('a node copied from the host is what a real vcluster made of it', () => {
  const [expected] = (fixture('virtual-nodes.synced-from-host.json') as KubeList<Node>).items
  const made = syncedNode(fixture('host-node.json') as Node, context.api.address, 'k8s1')
  expect(made.metadata.labels).toEqual(expected!.metadata.labels)
  expect(made.metadata.annotations).toEqual(expected!.metadata.annotations)
  expect(made.spec).toEqual(expected!.spec)
  const facts = ({ status }: Node): unknown => [
    status?.addresses,
    status?.daemonEndpoints,
    status?.capacity,
    status?.nodeInfo,
  ]
  expect(facts(made)).toEqual(facts(expected!))
})

describe('an event of the host', () => {
  const about = {
    metadata: { name: 'web-0', namespace: 'shop', uid: 'virtual', resourceVersion: '7' },
  }
  const event: KubeObject = {
    metadata: { name: 'web-0-x-shop-x-k8s1.18a1', namespace: 'vcluster-k8s1', uid: 'host' },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'web-0-x-shop-x-k8s1',
      namespace: 'vcluster-k8s1',
      uid: 'host-pod',
      fieldPath: 'spec.containers{web}',
    },
    reason: 'Scheduled',
    message: 'Assigned vcluster-k8s1/web-0-x-shop-x-k8s1; web-0-x-shop-x-k8s1 goes to node-1',
    count: 3,
  }

  test('is told of the virtual pod, with no host name left in it', () => {
    const told = virtualEventOf(event, about)
    expect(told).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'web-0.18a1', namespace: 'shop' },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        name: 'web-0',
        namespace: 'shop',
        uid: 'virtual',
        resourceVersion: '7',
        fieldPath: 'spec.containers{web}',
      },
      reason: 'Scheduled',
      message: 'Assigned shop/web-0; web-0 goes to node-1',
      count: 3,
    })
  })

  test('is not copied when it is about another kind', () => {
    expect(involvedOf(event)).toMatchObject({ kind: 'Pod', name: 'web-0-x-shop-x-k8s1' })
    expect(
      involvedOf({ metadata: {}, involvedObject: { kind: 'Node', name: 'n' } }),
    ).toBeUndefined()
    expect(involvedOf({ metadata: {} })).toBeUndefined()
  })
})

test('Endpoints name the host pods', () => {
  const targetRef = { kind: 'Pod', name: 'web-0', namespace: 'shop', uid: 'u' }
  const made = hostEndpointsOf(
    {
      metadata: { name: 'outside', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '10.0.0.1', targetRef }, { ip: '10.0.0.2' }] }],
    },
    context,
  )
  expect(made.metadata.name).toBe('outside-x-shop-x-k8s1')
  expect(made.subsets).toEqual([
    {
      addresses: [
        {
          ip: '10.0.0.1',
          targetRef: { kind: 'Pod', name: 'web-0-x-shop-x-k8s1', namespace: 'vcluster-k8s1' },
        },
        { ip: '10.0.0.2' },
      ],
    },
  ])
})

describe('a claim', () => {
  const claim = {
    metadata: {
      name: 'data',
      namespace: 'shop',
      uid: 'c',
      resourceVersion: '9',
      annotations: { 'pv.kubernetes.io/bind-completed': 'yes', mine: '1' },
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'standard',
      volumeName: 'pvc-1',
      resources: { requests: { storage: '1Gi' } },
      dataSource: { kind: 'PersistentVolumeClaim', name: 'old' },
    },
  }

  test('keeps its storage class, and leaves to the host what the host’s binder writes', () => {
    const made = hostClaimOf(claim, context)
    expect(made.spec).toEqual({
      ...claim.spec,
      dataSource: { kind: 'PersistentVolumeClaim', name: 'old-x-shop-x-k8s1' },
    })
    expect(made.metadata.annotations).toMatchObject({
      mine: '1',
      'vcluster.loft.sh/managed-annotations': 'mine',
      'vcluster.loft.sh/object-kind': '/v1, Kind=PersistentVolumeClaim',
    })
    expect(made.metadata.annotations).not.toHaveProperty(['pv.kubernetes.io/bind-completed'])
  })

  test('that is bound has a made-up volume of the real one’s name', () => {
    expect(fakeVolume(claim)).toMatchObject({
      metadata: { name: 'pvc-1', labels: { 'vcluster.loft.sh/fake-pv': 'true' } },
      spec: {
        flexVolume: { driver: 'fake' },
        capacity: { storage: '1Gi' },
        claimRef: { name: 'data', namespace: 'shop', uid: 'c' },
        storageClassName: 'standard',
      },
    })
  })
})

test('a host object is ours only with marker, coordinates and the name that follows from them', () => {
  const ours = hostClaimOf({ metadata: { name: 'data', namespace: 'shop' }, spec: {} }, context)
  expect(virtualKeyOf(ours, context)).toEqual({ namespace: 'shop', name: 'data' })
  const foreign = (metadata: object): KubeObject => ({
    metadata: { ...ours.metadata, ...metadata },
  })
  expect(virtualKeyOf(foreign({ name: 'other' }), context)).toBeUndefined()
  expect(virtualKeyOf(foreign({ namespace: 'default' }), context)).toBeUndefined()
  expect(virtualKeyOf(foreign({ labels: {} }), context)).toBeUndefined()
  expect(virtualKeyOf(foreign({ annotations: {} }), context)).toBeUndefined()
})

test('the next step follows from both sides and from what is known of the copy', () => {
  const here: KubeObject = { metadata: { name: 'a' } }
  const going: KubeObject = { metadata: { name: 'a', deletionTimestamp: 'now' } }
  expect(nextMirrorStep(undefined, undefined, 'none')).toBe('nothing')
  expect(nextMirrorStep(here, undefined, 'none')).toBe('create-host')
  expect(nextMirrorStep(here, undefined, 'made')).toBe('wait')
  expect(nextMirrorStep(here, undefined, 'seen')).toBe('delete-virtual')
  expect(nextMirrorStep(here, here, 'seen')).toBe('update')
  expect(nextMirrorStep(undefined, here, 'none')).toBe('delete-host')
  expect(nextMirrorStep(undefined, going, 'none')).toBe('nothing')
  expect(nextMirrorStep(going, here, 'seen')).toBe('delete-host')
  expect(nextMirrorStep(going, going, 'seen')).toBe('nothing')
  expect(nextMirrorStep(here, going, 'seen')).toBe('delete-virtual')
  expect(nextMirrorStep(going, undefined, 'seen')).toBe('delete-virtual')
})
