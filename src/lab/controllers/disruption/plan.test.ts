import { expect, test } from 'vitest'
import type { Pod } from '../../../kube/index.ts'
import { budgetStatus, type PodDisruptionBudget } from './plan.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')

const budget = (
  spec: Omit<PodDisruptionBudget['spec'], 'selector'>,
  disruptedPods: Record<string, string> = {},
): PodDisruptionBudget =>
  ({ metadata: { name: 'b', generation: 1 }, spec, status: { disruptedPods } }) as never
const pods = (ready: number, unready = 0): Pod[] =>
  Array.from({ length: ready + unready }, (_, index) => ({
    metadata: { name: `p${index}` },
    spec: { containers: [] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: index < ready ? 'True' : 'False' }],
    },
  }))
const numbers = (spec: Omit<PodDisruptionBudget['spec'], 'selector'>, own: Pod[], wished = 3) => {
  const { status } = budgetStatus(budget(spec), own, wished, NOW)
  const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed } = status
  return [expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed]
}

test.each([
  [{ minAvailable: 2 }, pods(3), [3, 2, 3, 1]],
  [{ minAvailable: 3 }, pods(3), [3, 3, 3, 0]],
  [{ minAvailable: '50%' }, pods(3), [3, 2, 3, 1]],
  [{ maxUnavailable: 1 }, pods(3), [3, 2, 3, 1]],
  [{ maxUnavailable: 1 }, pods(2, 1), [3, 2, 2, 0]],
  [{ maxUnavailable: '34%' }, pods(3), [3, 1, 3, 2]],
  [{ minAvailable: 0 }, [], [0, 0, 0, 0]],
])('%j', (spec, own, expected) => {
  expect(numbers(spec, own)).toEqual(expected)
})

test('a pod whose eviction was granted counts as gone, until that is two minutes ago', () => {
  const granted = { p0: new Date(NOW - 60_000).toISOString() }
  const first = budgetStatus(budget({ minAvailable: 2 }, granted), pods(3), 3, NOW)
  expect(first.status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 })
  expect(first.nextAt).toBe(NOW + 60_000)
  const later = budgetStatus(budget({ minAvailable: 2 }, granted), pods(3), 3, NOW + 60_001)
  expect(later.status).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1 })
  expect(later.status.disruptedPods).toBeUndefined()
})

test('the condition says whether an eviction would be granted', () => {
  const reason = (min: number): string | undefined =>
    budgetStatus(budget({ minAvailable: min }), pods(2), 2, NOW).status.conditions?.[0]?.reason
  expect([reason(1), reason(2)]).toEqual(['SufficientPods', 'InsufficientPods'])
})
