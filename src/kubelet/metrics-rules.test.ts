import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claims, endpointPayload } from '../../test/helpers/endpoint-lines.ts'
import { damagedPayload, hostPods, owners } from '../../test/helpers/exposition-lines.ts'
import { partitionSlowly } from '../../test/helpers/slow-partition.ts'
import {
  CADVISOR_RULES,
  KUBELET_RULES,
  partitionMetrics,
  PROBES_RULES,
  RESOURCE_RULES,
  type MetricsRules,
  type NodeView,
} from './index.ts'

const TABLES: [string, MetricsRules][] = [
  ['/metrics/cadvisor', CADVISOR_RULES],
  ['/metrics/resource', RESOURCE_RULES],
  ['/metrics/probes', PROBES_RULES],
  ['/metrics', KUBELET_RULES],
]
const views: NodeView[] = ['own-sum', 'capacity']

describe.each(TABLES)('by the rules of %s', (_, rules) => {
  const options = { views, rules, claims }

  test.each([
    ['made for it', endpointPayload],
    ['made for cadvisor, and damaged', damagedPayload],
  ])('the fast division of a payload %s is the plainly right one', (_, payloads) => {
    fc.assert(
      fc.property(payloads, (input) => {
        const fast = partitionMetrics(input, owners, { ...options, views: ['own-sum', 'own-sum'] })
        const slow = partitionSlowly(input, owners, { ...options, views: ['own-sum', 'own-sum'] })
        expect(fast.slices.map((slice) => slice.toString('latin1'))).toEqual(slow.slices)
        expect(fast.kept).toBe(slow.kept)
        const counted = Object.entries(fast.dropped).filter(([, count]) => count > 0)
        expect(Object.fromEntries(counted)).toEqual(slow.dropped)
      }),
      { numRuns: 300 },
    )
  })

  test('no host uid, host claim or host namespace is in a slice', () => {
    fc.assert(
      fc.property(endpointPayload, (input) => {
        for (const slice of partitionMetrics(input, owners, options).slices) {
          const told = slice.toString().replace(/container="(?:[^"\\]|\\.)*"/g, '')
          for (const { uid } of hostPods) expect(told).not.toContain(uid)
          expect(told).not.toMatch(/vcluster-k8s|-x-shop-x-|etcd|containerd/)
        }
      }),
      { numRuns: 300 },
    )
  })
})

test('the tables name no label twice, and the roles come first', () => {
  for (const [, { labels, roles, hashBy }] of TABLES) {
    expect(new Set(labels.list).size).toBe(labels.list.length)
    expect(roles.length).toBeLessThanOrEqual(labels.list.length)
    expect(hashBy.length).toBeGreaterThan(0)
  }
})
