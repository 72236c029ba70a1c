import { isPodReady, type Job, type JobStatus, type Pod } from '../../../kube/index.ts'
import { hasFailed, hasSucceeded, isActive, isEnding } from '../common/pod-facts.ts'
import { failedIndexes } from './failed-indexes.ts'
import { matchRule } from './failure-policy.ts'
import { indexOf, isIndexed, parseIndexes } from './indexes.ts'
import { isTracked } from './pods.ts'

/** How a job stands: what was counted, what has just ended, what is at work. */
export interface Tally {
  /** All that ended well, counted or not yet. */
  readonly succeeded: number
  readonly failed: number
  /** Counted for good: their pods need not stay. */
  readonly counted: {
    readonly succeeded: number
    readonly failed: number
    readonly indexes: ReadonlySet<number>
  }
  /** Ended, and not counted for good yet: written down before their pods are let go. */
  readonly uncounted: { readonly succeeded: string[]; readonly failed: string[] }
  /** Pods whose end is written down: they can be let go. */
  readonly release: readonly Pod[]
  readonly indexes: ReadonlySet<number>
  /** Indexes that have failed for good. */
  readonly failedIndexes: ReadonlySet<number>
  /** What a FailJob rule of the failure policy says. */
  readonly failJob: string | undefined
  readonly active: readonly Pod[]
  readonly terminating: readonly Pod[]
  readonly ready: number
}

const uidOf = (pod: Pod): string => pod.metadata.uid ?? ''

/** A pod that is deleted before it ended counts as failed, unless only ended ones are to be replaced. */
const isLost = (job: Job, pod: Pod): boolean =>
  isEnding(pod) &&
  !hasSucceeded(pod) &&
  job.spec.podReplacementPolicy !== 'Failed' &&
  job.spec.podFailurePolicy === undefined

/**
 * Counts a job's pods so that each end counts once, even when the pod is deleted at once: its uid is written into the
 * status while a finalizer holds the pod; then the finalizer goes; then it is counted (job_controller.go,
 * trackJobStatusAndRemoveFinalizers).
 */
export function tallyJob(job: Job, pods: readonly Pod[]): Tally {
  const { status = {} } = job
  const noted = {
    succeeded: new Set(status.uncountedTerminatedPods?.succeeded ?? []),
    failed: new Set(status.uncountedTerminatedPods?.failed ?? []),
  }
  const held = new Map(pods.filter(isTracked).map((pod) => [uidOf(pod), pod]))
  const ended = [...held.values()].map((pod) => ({
    pod,
    as: endOf(job, pod),
  }))
  const ignored = ended.filter(({ as }) => as === 'ignored').map(({ pod }) => pod)
  const release = [...held].filter(([uid]) => noted.succeeded.has(uid) || noted.failed.has(uid))
  const fresh = (as: 'succeeded' | 'failed'): string[] =>
    ended
      .filter(({ pod, as: how }) => how === as && !noted.succeeded.has(uidOf(pod)))
      .map(({ pod }) => uidOf(pod))
      .filter((uid) => !noted.failed.has(uid))
  const settled = (uids: ReadonlySet<string>): number =>
    [...uids].filter((uid) => !held.has(uid)).length
  const still = (uids: ReadonlySet<string>): string[] => [...uids].filter((uid) => held.has(uid))
  const uncounted = {
    succeeded: [...still(noted.succeeded), ...fresh('succeeded')],
    failed: [...still(noted.failed), ...fresh('failed')],
  }
  const indexes = doneIndexes(job, status, pods)
  const counted = {
    succeeded: isIndexed(job)
      ? indexes.counted.size
      : (status.succeeded ?? 0) + settled(noted.succeeded),
    failed: (status.failed ?? 0) + settled(noted.failed),
    indexes: indexes.counted,
  }
  const active = pods.filter(isActive)
  return {
    counted,
    uncounted,
    succeeded: isIndexed(job) ? indexes.all.size : counted.succeeded + uncounted.succeeded.length,
    failed: counted.failed + uncounted.failed.length,
    indexes: indexes.all,
    failedIndexes: failedIndexes(job, pods),
    failJob: failJobOf(job, pods),
    release: [...release.map(([, pod]) => pod), ...ignored],
    active,
    terminating: pods.filter((pod) => isEnding(pod) && !hasSucceeded(pod) && !hasFailed(pod)),
    ready: active.filter(isPodReady).length,
  }
}

/** How a pod's end counts; undefined: it has not ended. What a failure policy ignores counts for nothing. */
function endOf(job: Job, pod: Pod): 'succeeded' | 'failed' | 'ignored' | undefined {
  if (hasSucceeded(pod)) return 'succeeded'
  if (!hasFailed(pod)) return isLost(job, pod) ? 'failed' : undefined
  return matchRule(job, pod)?.action === 'Ignore' ? 'ignored' : 'failed'
}

function failJobOf(job: Job, pods: readonly Pod[]): string | undefined {
  const matches = pods.filter(hasFailed).map((pod) => matchRule(job, pod))
  return matches.find((match) => match?.action === 'FailJob')?.message
}

function doneIndexes(
  job: Job,
  status: JobStatus,
  pods: readonly Pod[],
): { counted: Set<number>; all: Set<number> } {
  const counted = parseIndexes(status.completedIndexes)
  if (!isIndexed(job)) return { counted, all: counted }
  const all = new Set(counted)
  for (const pod of pods.filter(hasSucceeded)) {
    const index = indexOf(pod)
    if (index === undefined || index >= (job.spec.completions ?? 0)) continue
    all.add(index)
    if (!isTracked(pod)) counted.add(index)
  }
  return { counted, all }
}
