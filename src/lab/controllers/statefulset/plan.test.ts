import { expect, test } from 'vitest'
import type { Pod, StatefulSet } from '../../../kube/index.ts'
import { planStatefulSet, type SetRevision } from './plan.ts'
import { claimsOf, ordinalOf, statefulPod } from './pods.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

const set = (spec: Partial<StatefulSet['spec']> = {}): StatefulSet => ({
  metadata: { name: 'db', namespace: 'shop', uid: 's1', generation: 1 },
  spec: {
    replicas: 3,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [] } },
    ...spec,
  },
})

const revision = (name: string): SetRevision => ({ name, template: set().spec.template })
const one = revision('db-1')
const two = revision('db-2')

function pod(ordinal: number, of: SetRevision = one, ready = true): Pod {
  const made = statefulPod(set(), of.template, ordinal, of.name)
  const conditions = [{ type: 'Ready', status: ready ? ('True' as const) : ('False' as const) }]
  return { ...made, status: { phase: 'Running', conditions } }
}

function plan(
  of: StatefulSet,
  pods: Pod[],
  revisions = { current: one, update: one },
): { create: number[]; remove: (number | undefined)[] } {
  const { create, remove } = planStatefulSet(of, pods, revisions, NOW)
  return {
    create: create.map(({ ordinal }) => ordinal),
    remove: remove.map((gone) => ordinalOf(of, gone)),
  }
}

test('in order, each pod waits for those before it', () => {
  expect(plan(set(), [])).toEqual({ create: [0], remove: [] })
  expect(plan(set(), [pod(0, one, false)])).toEqual({ create: [], remove: [] })
  expect(plan(set(), [pod(0)])).toEqual({ create: [1], remove: [] })
  expect(plan(set(), [pod(0), pod(2)])).toEqual({ create: [1], remove: [] })
})

test('fewer are wished: the highest goes first, one at a time; in parallel all at once', () => {
  const pods = [0, 1, 2].map((ordinal) => pod(ordinal))
  expect(plan(set({ replicas: 1 }), pods).remove).toEqual([2])
  const parallel = { podManagementPolicy: 'Parallel' as const }
  expect(plan(set({ replicas: 1, ...parallel }), pods).remove).toEqual([2, 1])
  expect(plan(set(parallel), []).create).toEqual([0, 1, 2])
})

test('an update goes down from the highest ordinal to the partition, each when the last is ready', () => {
  const both = { current: one, update: two }
  const rolling = (partition: number): StatefulSet =>
    set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } })
  expect(plan(rolling(0), [pod(0), pod(1), pod(2)], both).remove).toEqual([2])
  expect(plan(rolling(0), [pod(0), pod(1), pod(2, two, false)], both).remove).toEqual([])
  expect(plan(rolling(0), [pod(0), pod(1), pod(2, two)], both).remove).toEqual([1])
  expect(plan(rolling(2), [pod(0), pod(1), pod(2, two)], both).remove).toEqual([])
  const onDelete = set({ updateStrategy: { type: 'OnDelete' } })
  expect(plan(onDelete, [pod(0), pod(1), pod(2)], both).remove).toEqual([])
  const remade = planStatefulSet(rolling(2), [pod(0), pod(2, two)], both, NOW).create[0]
  expect(remade?.pod.metadata.labels?.['controller-revision-hash']).toBe('db-1')
})

test('the update is over when all pods are of the new revision and ready', () => {
  const both = { current: one, update: two }
  const half = planStatefulSet(set(), [pod(0), pod(1, two), pod(2, two)], both, NOW).status
  expect(half).toMatchObject({ currentRevision: 'db-1', currentReplicas: 1, updatedReplicas: 2 })
  const all = [0, 1, 2].map((ordinal) => pod(ordinal, two))
  expect(planStatefulSet(set(), all, both, NOW).status).toMatchObject({
    currentRevision: 'db-2',
    updateRevision: 'db-2',
    currentReplicas: 3,
    readyReplicas: 3,
  })
})

test('a pod has its own name, host name and claims', () => {
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }]
  const given = set({ volumeClaimTemplates })
  const made = statefulPod(given, given.spec.template, 1, 'db-1')
  expect(made.metadata).toMatchObject({
    name: 'db-1',
    labels: { 'statefulset.kubernetes.io/pod-name': 'db-1', 'apps.kubernetes.io/pod-index': '1' },
  })
  expect(made.metadata.generateName).toBeUndefined()
  expect(made.spec).toMatchObject({
    hostname: 'db-1',
    subdomain: 'db',
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }],
  })
  expect(claimsOf(given, 1)[0]?.metadata).toMatchObject({
    name: 'data-db-1',
    labels: { app: 'db' },
  })
})
