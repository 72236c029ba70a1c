import type { Condition } from '../../../kube/index.ts'

export type Conditions = readonly Condition[]

export const findCondition = (conditions: Conditions, type: string): Condition | undefined =>
  conditions.find((one) => one.type === type)

export const isTrue = (conditions: Conditions, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True'

export const withoutCondition = (conditions: Conditions, type: string): Condition[] =>
  conditions.filter((one) => one.type !== type)

/**
 * The conditions with this one at their end. Nothing changes while status and reason are the same; the time of the
 * last transition stays while the status does.
 */
export function withCondition(conditions: Conditions, next: Condition): Condition[] {
  const before = findCondition(conditions, next.type)
  if (before?.status === next.status && before.reason === next.reason) return [...conditions]
  return [...withoutCondition(conditions, next.type), keepTransition(before, next)]
}

/** The condition, with the earlier one's time of transition while the status is the same. */
export function keepTransition(before: Condition | undefined, next: Condition): Condition {
  const { lastTransitionTime } = before?.status === next.status ? before : next
  return lastTransitionTime === undefined ? next : { ...next, lastTransitionTime }
}
