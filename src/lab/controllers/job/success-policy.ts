import type { Job } from '../../../kube/index.ts'
import { isIndexed, parseIndexes } from './indexes.ts'

/** A rule of an Indexed Job's `successPolicy`: these indexes, that many of them, or that many of all. */
export interface SuccessRule {
  readonly succeededIndexes?: string
  readonly succeededCount?: number
}

/** What a job says whose success criteria are met (success_policy.go); undefined: they are not, or there are none. */
export function matchSuccess(job: Job, succeeded: ReadonlySet<number>): string | undefined {
  const rules = isIndexed(job) ? (job.spec.successPolicy?.rules ?? []) : []
  const index = rules.findIndex((rule) => isMet(rule, succeeded))
  return index < 0 ? undefined : `Matched rules at index ${index}`
}

function isMet(
  { succeededIndexes, succeededCount }: SuccessRule,
  done: ReadonlySet<number>,
): boolean {
  if (succeededIndexes === undefined) return done.size >= (succeededCount ?? Infinity)
  const wanted = [...parseIndexes(succeededIndexes)]
  return wanted.filter((one) => done.has(one)).length >= (succeededCount ?? wanted.length)
}
