import { describe, expect, test } from 'vitest'
import type { HorizontalPodAutoscaler } from '../../../kube/index.ts'
import { limitReplicas, type History } from './limits.ts'

type Spec = HorizontalPodAutoscaler['spec']

const NOW = 1_800_000_000_000
const scaler = (spec: Partial<Spec>): HorizontalPodAutoscaler => ({
  metadata: {},
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 10, ...spec },
})
const fresh = (): History => ({ recommendations: [], changes: [] })

describe('without behavior', () => {
  test('a size grows to twice as many at most, or to four', () => {
    const answer = limitReplicas(scaler({}), fresh(), 3, 10, NOW)
    expect([answer.replicas, answer.limited?.reason]).toEqual([6, 'ScaleUpLimit'])
    expect(limitReplicas(scaler({}), fresh(), 1, 9, NOW).replicas).toBe(4)
  })

  test('the maximum holds back', () => {
    const answer = limitReplicas(scaler({ maxReplicas: 3 }), fresh(), 2, 4, NOW)
    expect([answer.replicas, answer.limited?.reason]).toEqual([3, 'TooManyReplicas'])
  })

  test('the minimum holds back', () => {
    const answer = limitReplicas(scaler({ minReplicas: 2 }), fresh(), 2, 1, NOW)
    expect([answer.replicas, answer.limited?.reason]).toEqual([2, 'TooFewReplicas'])
  })

  test('a size shrinks to the highest recommendation of five minutes', () => {
    const history = fresh()
    limitReplicas(scaler({}), history, 5, 4, NOW)
    const soon = limitReplicas(scaler({}), history, 5, 1, NOW + 60_000)
    expect([soon.replicas, soon.stabilized.reason]).toEqual([4, 'ScaleDownStabilized'])
    const later = limitReplicas(scaler({}), history, 4, 1, NOW + 400_000)
    expect([later.replicas, later.stabilized.reason]).toEqual([1, 'ReadyForNewScale'])
  })
})

describe('with behavior', () => {
  const podsAMinute = (value: number): NonNullable<Spec['behavior']> => ({
    scaleUp: { policies: [{ type: 'Pods', value, periodSeconds: 60 }] },
    scaleDown: {
      stabilizationWindowSeconds: 0,
      policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
    },
  })

  test('what was added within a period counts', () => {
    const history = { ...fresh(), changes: [{ at: NOW - 30_000, by: 2 }] }
    const answer = limitReplicas(scaler({ behavior: podsAMinute(3) }), history, 4, 9, NOW)
    expect([answer.replicas, answer.limited?.reason]).toEqual([5, 'ScaleUpLimit'])
  })

  test('a percentage is of the size at the start of the period', () => {
    const history = { ...fresh(), changes: [{ at: NOW - 30_000, by: -2 }] }
    const answer = limitReplicas(scaler({ behavior: podsAMinute(3) }), history, 6, 1, NOW)
    expect([answer.replicas, answer.limited?.reason]).toEqual([4, 'ScaleDownLimit'])
  })

  test('a window for growing applies the lowest recommendation', () => {
    const behavior = { scaleUp: { stabilizationWindowSeconds: 60 } }
    const history = { ...fresh(), recommendations: [{ at: NOW - 10_000, replicas: 3 }] }
    const answer = limitReplicas(scaler({ behavior }), history, 2, 6, NOW)
    expect([answer.replicas, answer.stabilized.reason]).toEqual([3, 'ScaleUpStabilized'])
  })

  test('a direction that is disabled keeps the size', () => {
    const behavior = {
      scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled' },
    }
    expect(limitReplicas(scaler({ behavior }), fresh(), 5, 1, NOW).replicas).toBe(5)
  })
})
