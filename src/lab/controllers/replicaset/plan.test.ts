import { expect, test } from 'vitest'
import type { Pod, ReplicaSet } from '../../../kube/index.ts'
import { planReplicaSet, replicaSetStatus } from './plan.ts'
import { inDeletionOrder } from './rank-pods.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')

function pod(
  name: string,
  more: { node?: string; ready?: number; cost?: string; age?: number } = {},
): Pod {
  const { node = 'n1', ready, cost, age = 60 } = more
  const time = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString()
  return {
    metadata: {
      name,
      creationTimestamp: time(age),
      labels: { app: 'web' },
      ...(cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } } : {}),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase: ready === undefined ? 'Pending' : 'Running',
      conditions:
        ready === undefined
          ? []
          : [{ type: 'Ready', status: 'True', lastTransitionTime: time(ready) }],
    },
  }
}

const set = (replicas: number, minReadySeconds = 0): ReplicaSet => ({
  metadata: { name: 'web', generation: 2 },
  spec: {
    replicas,
    minReadySeconds,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
  },
})

const names = (pods: readonly Pod[]): (string | undefined)[] => pods.map((one) => one.metadata.name)

test('missing pods are made; of too many those go that are of the least use', () => {
  const pods = [
    pod('old', { ready: 50 }),
    pod('fresh', { ready: 2, node: 'n2' }),
    pod('pending'),
    pod('nowhere', { node: '' }),
    pod('cheap', { ready: 50, cost: '-5', node: 'n3' }),
  ]
  expect(names(inDeletionOrder(pods, NOW))).toEqual(['nowhere', 'pending', 'cheap', 'old', 'fresh'])
  expect(names(planReplicaSet(set(3), pods, NOW).remove)).toEqual(['nowhere', 'pending'])
  expect(planReplicaSet(set(7), pods, NOW)).toEqual({ create: 2, remove: [] })
})

test('pods that ended or shall end do not count', () => {
  const failed = { ...pod('failed'), status: { phase: 'Failed' as const } }
  const ending = pod('ending')
  ending.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
  expect(planReplicaSet(set(1), [failed, ending], NOW).create).toBe(1)
})

test('ready pods are available after minReadySeconds', () => {
  const pods = [pod('a', { ready: 5 }), pod('b', { ready: 20 })]
  const { status, nextAt } = replicaSetStatus(set(2, 10), pods, undefined, NOW)
  expect(status).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    observedGeneration: 2,
  })
  expect(nextAt).toBe(NOW + 5000)
})

test('a failure shows as condition until it is over', () => {
  const failure = { reason: 'FailedCreate' as const, message: 'exceeded quota' }
  const { status } = replicaSetStatus(set(1), [], failure, NOW)
  expect(status.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', ...failure }])
  expect(
    replicaSetStatus({ ...set(1), status }, [], undefined, NOW).status.conditions,
  ).toBeUndefined()
})
