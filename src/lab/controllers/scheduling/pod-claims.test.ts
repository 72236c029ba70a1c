import { describe, expect, it } from 'vitest'
import type { Node, PersistentVolumeClaim, Pod } from '../../../kube/index.ts'
import type { PersistentVolume, StorageClass } from '../../volumes/objects.ts'
import { bindingState } from './bind-claims.ts'
import { chooseNode, loadsOf, type Choice } from './choose-node.ts'
import { placeClaims } from './place-claims.ts'
import { lookAtClaims, type VolumeCopies } from './pod-claims.ts'

const node = (name: string): Node => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  status: { allocatable: { cpu: '8', memory: '4Gi', pods: '10' } },
})
const NODES = [node('a'), node('b')]

const volume = (name: string, of: string, size: string, on?: string): PersistentVolume => {
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [on] }
  const required = { nodeSelectorTerms: [{ matchExpressions: [expression] }] }
  return {
    metadata: { name },
    spec: {
      storageClassName: of,
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: size },
      ...(on === undefined ? {} : { nodeAffinity: { required } }),
    },
  }
}
const VOLUMES = [
  volume('pv-b', 'local', '1Gi', 'b'),
  volume('big-a', 'local', '5Gi', 'a'),
  volume('big-b', 'local', '5Gi', 'b'),
]

const storageClass = (name: string, provisioner: string, mode: string): StorageClass => ({
  metadata: { name },
  provisioner,
  volumeBindingMode: mode,
})
const WAIT = 'WaitForFirstConsumer'
const CLASSES = [
  storageClass('now', 'k8s.io/minikube-hostpath', 'Immediate'),
  storageClass('later', 'k8s.io/minikube-hostpath', WAIT),
  storageClass('local', 'kubernetes.io/no-provisioner', WAIT),
  {
    ...storageClass('default', 'x', WAIT),
    metadata: {
      name: 'default',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
  },
]

const claim = (
  name: string,
  spec: object,
  more: Partial<PersistentVolumeClaim> = {},
  annotations: Record<string, string> = {},
): PersistentVolumeClaim => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, annotations },
  spec: { accessModes: ['ReadWriteOnce'], ...spec },
  ...more,
})
const wants = (of: string, storage: string): object => ({
  storageClassName: of,
  resources: { requests: { storage } },
})
const DONE = { 'pv.kubernetes.io/bind-completed': 'yes' }
const CLAIMS = [
  claim('bound', { volumeName: 'pv-b' }, {}, DONE),
  claim('halfway', { volumeName: 'pv-b', storageClassName: 'later' }),
  claim('dangling', { volumeName: 'pv-x' }, {}, DONE),
  claim('lost', { volumeName: 'pv-x' }, { status: { phase: 'Lost' } }),
  claim('unbound', { storageClassName: 'now' }),
  claim('classless', { storageClassName: '' }),
  claim('no-such-class', { storageClassName: 'nope' }),
  claim('later', wants('later', '1Gi')),
  claim('by-default', {}),
  claim('for-b', wants('later', '1Gi'), {}, { 'volume.kubernetes.io/selected-node': 'b' }),
  claim('local', wants('local', '1Gi')),
  claim('local-big', wants('local', '3Gi')),
  claim('local-huge', wants('local', '9Gi')),
  {
    ...claim('going', {}),
    metadata: { name: 'going', namespace: 'shop', deletionTimestamp: '2026-01-01T00:00:00Z' },
  },
]
const copiesOf = (claims: readonly PersistentVolumeClaim[]): VolumeCopies => ({
  claim: ({ namespace, name }) =>
    claims.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
  volume: (name) => VOLUMES.find(({ metadata }) => metadata.name === name),
  volumes: () => VOLUMES,
  classes: () => CLASSES,
})
const COPIES = copiesOf(CLAIMS)

const podWith = (...claimNames: string[]): Pod => ({
  metadata: { name: 'p', namespace: 'shop' },
  spec: {
    containers: [{ name: 'c', image: 'x' }],
    volumes: claimNames.map((claimName, at) =>
      claimName === 'ephemeral'
        ? { name: 'e', ephemeral: {} }
        : { name: `v${at}`, persistentVolumeClaim: { claimName } },
    ),
  },
})
const choose = (pod: Pod): Choice =>
  chooseNode(
    pod,
    loadsOf(NODES, [], () => undefined),
    { look: lookAtClaims(pod, COPIES), all: VOLUMES },
  )

describe('a pod’s claims', () => {
  it.each([
    [['absent'], 'persistentvolumeclaim "absent" not found'],
    [['going'], 'persistentvolumeclaim "going" is being deleted'],
    [['lost'], 'persistentvolumeclaim "lost" bound to non-existent persistentvolume "pv-x"'],
    [
      ['ephemeral'],
      'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-e"',
    ],
    [['bound', 'unbound'], 'pod has unbound immediate PersistentVolumeClaims'],
    [['classless'], 'pod has unbound immediate PersistentVolumeClaims'],
    [['no-such-class'], 'pod has unbound immediate PersistentVolumeClaims'],
    [['halfway'], 'pod has unbound immediate PersistentVolumeClaims'],
  ])('%j keep it from every node', (names, why) => {
    const message = `0/2 nodes are available: ${why}. not found`
    expect(choose(podWith(...names))).toEqual({ ok: false, message })
  })

  it.each([
    [['bound'], 'b'],
    [['later'], 'a'],
    [['by-default'], 'a'],
    [['for-b'], 'b'],
    [['local'], 'a'],
    [['local', 'local-big'], 'b'],
  ])('%j leave it the node that has or can get their volumes', (names, where) => {
    expect(choose(podWith(...names))).toEqual({ ok: true, node: where })
  })

  it.each([
    [['dangling'], '2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'],
    [['local-huge'], "2 node(s) didn't find available persistent volumes to bind"],
  ])('%j fit no node', (names, why) => {
    expect(choose(podWith(...names))).toMatchObject({
      message: `0/2 nodes are available: ${why}. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.`,
    })
  })

  it('get the smallest volumes that do, the smaller claim first, or one that is to be made', () => {
    const placed = (...names: string[]): unknown => {
      const look = lookAtClaims(podWith(...names), COPIES)
      const there = look.ok ? placeClaims(look.needs, node('b'), VOLUMES) : undefined
      return there?.map((one) => [one.claim.metadata.name, one.volume?.metadata.name])
    }
    expect(placed('local-big', 'local')).toEqual([
      ['local', 'pv-b'],
      ['local-big', 'big-b'],
    ])
    expect(placed('later')).toEqual([['later', undefined]])
  })

  it('are under way until they are bound, unless one is gone or its node was taken back', () => {
    const state = (claims: readonly PersistentVolumeClaim[], ...names: string[]): string =>
      bindingState(podWith(...names), 'b', copiesOf(claims))
    expect(state(CLAIMS, 'for-b')).toBe('under way')
    expect(state(CLAIMS, 'halfway', 'bound')).toBe('under way')
    expect(state(CLAIMS, 'bound')).toBe('bound')
    expect(state(CLAIMS, 'later')).toBe('given up')
    expect(state([], 'for-b')).toBe('given up')
  })
})
