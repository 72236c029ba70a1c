import { describe, expect, test } from 'vitest'
import type { Pod } from '../../../kube/index.ts'
import { groupPods, type PodGroups, type PodMetric } from './group-pods.ts'
import { calculateReplicas } from './replicas.ts'

const NOW = 1_800_000_000_000
const NAMES = ['a', 'b', 'c', 'd']
const metric = (value: number, at = NOW): PodMetric => ({ value, at, windowMs: 15_000 })
const groupsOf = (groups: Partial<PodGroups>): PodGroups => ({
  ready: [],
  unready: [],
  missing: [],
  ...groups,
})

function replicas(current: number, used: number[], rest: Partial<PodGroups> = {}): number {
  const ready = NAMES.slice(0, used.length)
  const metrics = new Map(used.map((value, index) => [ready[index] ?? '', metric(value)]))
  const all = [...ready, ...(rest.unready ?? []), ...(rest.missing ?? [])]
  const requests = new Map(all.map((name) => [name, 100]))
  const groups = groupsOf({ ready, ...rest })
  return calculateReplicas({ current, groups, metrics, requests, goal: { percent: 50 } }).replicas
}

describe('by utilization of the requests, target 50 %', () => {
  test('twice the target doubles', () => expect(replicas(2, [100, 100])).toBe(4))
  test('within ten percent nothing changes', () => expect(replicas(2, [54, 54])).toBe(2))
  test('a half halves', () => expect(replicas(4, [25, 25, 25, 25])).toBe(2))
  test('unready pods slow growth down', () => {
    expect(replicas(3, [100, 100], { unready: ['x'] })).toBe(4)
    expect(replicas(4, [100], { unready: ['x', 'y'] })).toBe(4)
  })
  test('pods without metrics are thought busy when pods could go', () => {
    expect(replicas(3, [10, 10], { missing: ['x'] })).toBe(3)
  })
})

test('by a value per pod', () => {
  const metrics = new Map([['a', metric(300)]])
  const groups = groupsOf({ ready: ['a'] })
  const target = { current: 1, groups, metrics, requests: new Map<string, number>() }
  const answer = calculateReplicas({ ...target, goal: { value: 100 } })
  expect(answer).toEqual({ replicas: 3, average: 300, utilization: undefined })
})

test('a pod that starts, one without metrics, one that ends: each has its place', () => {
  const podOf = (name: string, readyFor: number, more: Partial<Pod['metadata']> = {}): Pod => ({
    metadata: { name, ...more },
    spec: { containers: [] },
    status: {
      phase: 'Running',
      startTime: new Date(NOW - 60_000).toISOString(),
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastTransitionTime: new Date(NOW - readyFor).toISOString(),
        },
      ],
    },
  })
  const pods = [
    podOf('ready', 50_000),
    podOf('young', 5000),
    podOf('missing', 50_000),
    podOf('ends', 50_000, { deletionTimestamp: new Date(NOW).toISOString() }),
  ]
  const metrics = new Map(['ready', 'young', 'ends'].map((name) => [name, metric(1)]))
  expect(groupPods(pods, metrics, 'cpu', NOW)).toEqual({
    ready: ['ready'],
    unready: ['young'],
    missing: ['missing'],
  })
})
