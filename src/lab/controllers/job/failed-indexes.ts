import type { Job, Pod } from '../../../kube/index.ts'
import { hasFailed } from '../common/pod-facts.ts'
import { matchRule } from './failure-policy.ts'
import { indexOf, isIndexed, parseIndexes } from './indexes.ts'

export const FAILURES_KEY = 'batch.kubernetes.io/job-index-failure-count'
export const IGNORED_KEY = 'batch.kubernetes.io/job-index-ignored-failure-count'

/** Are failures counted for each index by itself? */
export const countsPerIndex = (job: Job): boolean =>
  isIndexed(job) && job.spec.backoffLimitPerIndex !== undefined

/** Indexes that have failed for good: noted before, or by a pod that was the last try or matches a FailIndex rule. */
export function failedIndexes(job: Job, pods: readonly Pod[]): Set<number> {
  const failed = parseIndexes(job.status?.failedIndexes)
  if (!countsPerIndex(job)) return failed
  const limit = job.spec.backoffLimitPerIndex ?? 0
  for (const pod of pods.filter(hasFailed)) {
    const index = indexOf(pod)
    if (index === undefined || index >= (job.spec.completions ?? 0)) continue
    const action = matchRule(job, pod)?.action
    if (action === 'Ignore') continue
    if (action === 'FailIndex' || numberOf(pod, FAILURES_KEY) >= limit) failed.add(index)
  }
  return failed
}

/** How often an index has failed before its next pod: what that pod wears as annotations. */
export function failuresOf(
  job: Job,
  index: number,
  pods: readonly Pod[],
): Readonly<Record<string, string>> {
  if (!countsPerIndex(job)) return {}
  const before = pods.filter((pod) => hasFailed(pod) && indexOf(pod) === index)
  const ignored = (pod: Pod): boolean => matchRule(job, pod)?.action === 'Ignore'
  const most = (key: string, grows: (pod: Pod) => boolean): number =>
    Math.max(0, ...before.map((pod) => numberOf(pod, key) + (grows(pod) ? 1 : 0)))
  const skipped = most(IGNORED_KEY, ignored)
  return {
    [FAILURES_KEY]: String(most(FAILURES_KEY, (pod) => !ignored(pod))),
    ...(skipped > 0 ? { [IGNORED_KEY]: String(skipped) } : {}),
  }
}

const numberOf = ({ metadata }: Pod, key: string): number =>
  Number(metadata.annotations?.[key] ?? 0) || 0
