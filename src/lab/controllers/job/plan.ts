import { rfc3339 } from '../../../core/index.ts'
import type { Condition, Job, JobStatus, Pod } from '../../../kube/index.ts'
import { findCondition, isTrue, withCondition } from '../common/conditions.ts'
import { restartsOf } from '../common/pod-facts.ts'
import { positive } from '../replicaset/plan.ts'
import { inDeletionOrder } from '../replicaset/rank-pods.ts'
import { countsPerIndex, failuresOf } from './failed-indexes.ts'
import { formatIndexes, freeIndexes, indexOf, isIndexed } from './indexes.ts'
import { isTracked, jobPod, pausedUntil } from './pods.ts'
import { matchSuccess } from './success-policy.ts'
import { tallyJob, type Tally } from './tally.ts'

export interface JobPlan {
  readonly create: readonly Pod[]
  readonly remove: readonly Pod[]
  /** Pods whose finalizer may go. */
  readonly release: readonly Pod[]
  readonly status: JobStatus
  readonly events: readonly {
    readonly type: 'Normal' | 'Warning'
    readonly reason: string
    readonly message: string
  }[]
  /** The job itself has outlived its time. */
  readonly expire: boolean
  /** When to look again without a change, in milliseconds since 1970. */
  readonly nextAt: number | undefined
}

const BURST = 500

/** How a job ends. */
interface Verdict {
  readonly type: 'Complete' | 'Failed'
  readonly reason: string
  readonly message: string
}

export const isFinished = ({ status }: Job): boolean =>
  isTrue(status?.conditions ?? [], 'Complete') || isTrue(status?.conditions ?? [], 'Failed')

/** One look at a Job (pkg/controller/job, 1.36). */
export function planJob(job: Job, pods: readonly Pod[], now: number): JobPlan {
  if (isFinished(job)) return finished(job, pods, now)
  const tally = tallyJob(job, pods)
  const startTime = job.status?.startTime ?? (job.spec.suspend ? undefined : rfc3339(now))
  const verdict = verdictOf(job, tally, startTime, now)
  const steps =
    verdict !== undefined || job.spec.suspend
      ? { create: [], remove: tally.active, nextAt: undefined }
      : podSteps(job, pods, tally, now)
  const { conditions, events } = conditionsOf(job, tally, verdict, now)
  const isDone = conditions.some(({ type }) => type === 'Complete' || type === 'Failed')
  const status = statusOf(job, tally, { conditions, startTime, isOver: verdict !== undefined }, now)
  const deadline = deadlineOf(job, startTime)
  const times = [steps.nextAt, isDone ? undefined : deadline].filter((at) => at !== undefined)
  return {
    ...steps,
    release: tally.release,
    status,
    events,
    expire: false,
    nextAt: times.length > 0 ? Math.min(...times) : undefined,
  }
}

function statusOf(
  job: Job,
  tally: Tally,
  facts: {
    readonly conditions: Condition[]
    readonly startTime: string | undefined
    readonly isOver: boolean
  },
  now: number,
): JobStatus {
  const { conditions, startTime, isOver } = facts
  const isSuspended = isTrue(conditions, 'Suspended')
  return {
    ...(startTime && !isSuspended ? { startTime } : {}),
    ...(isTrue(conditions, 'Complete') ? { completionTime: rfc3339(now) } : {}),
    ...positive({
      active: tally.active.length - (isOver || isSuspended ? tally.active.length : 0),
      succeeded: tally.counted.succeeded,
      failed: tally.counted.failed,
    }),
    ready: isOver ? 0 : tally.ready,
    terminating: tally.terminating.length + (isOver ? tally.active.length : 0),
    ...(isIndexed(job) && tally.counted.indexes.size > 0
      ? { completedIndexes: formatIndexes(tally.counted.indexes) }
      : {}),
    ...(countsPerIndex(job) ? { failedIndexes: formatIndexes(tally.failedIndexes) } : {}),
    uncountedTerminatedPods: {
      ...(tally.uncounted.succeeded.length > 0 ? { succeeded: tally.uncounted.succeeded } : {}),
      ...(tally.uncounted.failed.length > 0 ? { failed: tally.uncounted.failed } : {}),
    },
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

function finished(job: Job, pods: readonly Pod[], now: number): JobPlan {
  const { ttlSecondsAfterFinished: ttl } = job.spec
  const conditions = job.status?.conditions ?? []
  const end = findCondition(conditions, 'Complete') ?? findCondition(conditions, 'Failed')
  const endsAt = (Date.parse(end?.lastTransitionTime ?? '') || now) + (ttl ?? 0) * 1000
  return {
    create: [],
    remove: [],
    release: pods.filter(isTracked),
    status: job.status ?? {},
    events: [],
    expire: ttl !== undefined && endsAt <= now && !job.metadata.deletionTimestamp,
    nextAt: ttl !== undefined && endsAt > now ? endsAt : undefined,
  }
}

const deadlineOf = (job: Job, startTime: string | undefined): number | undefined =>
  job.spec.activeDeadlineSeconds === undefined || startTime === undefined || job.spec.suspend
    ? undefined
    : Date.parse(startTime) + job.spec.activeDeadlineSeconds * 1000

/** Whether the job has to end now, and why. */
function verdictOf(
  job: Job,
  tally: Tally,
  startTime: string | undefined,
  now: number,
): Verdict | undefined {
  const conditions = job.status?.conditions ?? []
  for (const [target, type] of TARGETS) {
    const decided = findCondition(conditions, target)
    if (decided?.status === 'True') {
      return { type, reason: decided.reason ?? '', message: decided.message ?? '' }
    }
  }
  return (
    policyVerdict(job, tally) ?? failureOf(job, tally, startTime, now) ?? completionOf(job, tally)
  )
}

/** What the job's own policies say: of failures, of indexes, of success. */
function policyVerdict(job: Job, tally: Tally): Verdict | undefined {
  if (tally.failJob !== undefined) {
    return { type: 'Failed', reason: 'PodFailurePolicy', message: tally.failJob }
  }
  if (countsPerIndex(job)) {
    const { maxFailedIndexes = Infinity, completions = 0 } = job.spec
    const failed = tally.failedIndexes.size
    if (failed > maxFailedIndexes) {
      const message = 'Job has exceeded the specified maximal number of failed indexes'
      return { type: 'Failed', reason: 'MaxFailedIndexesExceeded', message }
    }
    if (failed > 0 && failed + tally.succeeded >= completions)
      return { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' }
  }
  const message = matchSuccess(job, tally.indexes)
  return message === undefined ? undefined : { type: 'Complete', reason: 'SuccessPolicy', message }
}

function failureOf(
  job: Job,
  tally: Tally,
  startTime: string | undefined,
  now: number,
): Verdict | undefined {
  const { backoffLimit = countsPerIndex(job) ? Infinity : 6 } = job.spec
  if (tally.failed > backoffLimit || restartedTooOften(job, tally.active)) {
    const message = 'Job has reached the specified backoff limit'
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message }
  }
  if ((deadlineOf(job, startTime) ?? Infinity) <= now) {
    const message = 'Job was active longer than specified deadline'
    return { type: 'Failed', reason: 'DeadlineExceeded', message }
  }
  return undefined
}

function completionOf({ spec: { completions } }: Job, tally: Tally): Verdict | undefined {
  const complete =
    completions === undefined
      ? tally.succeeded > 0 && tally.active.length === 0
      : tally.succeeded >= completions
  if (!complete) return undefined
  const message = 'Reached expected number of succeeded pods'
  return { type: 'Complete', reason: 'CompletionsReached', message }
}

const TARGETS = [
  ['SuccessCriteriaMet', 'Complete'],
  ['FailureTarget', 'Failed'],
] as const

/** Containers that the kubelet restarts count too (pastBackoffLimitOnFailure). */
function restartedTooOften({ spec }: Job, active: readonly Pod[]): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false
  const { backoffLimit = 6 } = spec
  const restarts = active.reduce((sum, pod) => sum + restartsOf(pod), 0)
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit
}

/** Makes the pods that are missing, gives up those that are too many. */
function podSteps(
  job: Job,
  pods: readonly Pod[],
  tally: Tally,
  now: number,
): Pick<JobPlan, 'create' | 'remove' | 'nextAt'> {
  const { parallelism = 1, completions } = job.spec
  const { active, terminating, succeeded } = tally
  const indexed = isIndexed(job)
  const over = new Set([...tally.indexes, ...tally.failedIndexes])
  const invalid = active.filter((pod) => indexed && !hasWork(job, pod, over))
  const working = active.filter((pod) => !invalid.includes(pod))
  const wanted =
    completions === undefined
      ? succeeded > 0
        ? Math.min(working.length, parallelism)
        : parallelism
      : Math.min(parallelism, Math.max(0, completions - succeeded - tally.failedIndexes.size))
  if (working.length > wanted || invalid.length > 0) {
    const surplus = inDeletionOrder(working, now).slice(0, Math.max(0, working.length - wanted))
    return { create: [], remove: [...invalid, ...surplus], nextAt: undefined }
  }
  const blocking = job.spec.podReplacementPolicy === 'Failed' ? terminating.length : 0
  const missing = Math.min(BURST, wanted - working.length - blocking)
  if (missing <= 0) return { create: [], remove: [], nextAt: undefined }
  if (countsPerIndex(job)) return indexSteps(job, pods, { over, working, missing }, now)
  const until = pausedUntil(pods)
  if (until > now) return { create: [], remove: [], nextAt: until }
  const create = indexed
    ? freeIndexes(job, over, working, missing).map((index) => jobPod(job, index))
    : Array.from({ length: missing }, () => jobPod(job, undefined))
  return { create, remove: [], nextAt: undefined }
}

/** Each index waits after its own failures only. */
function indexSteps(
  job: Job,
  pods: readonly Pod[],
  facts: {
    readonly over: ReadonlySet<number>
    readonly working: readonly Pod[]
    readonly missing: number
  },
  now: number,
): Pick<JobPlan, 'create' | 'remove' | 'nextAt'> {
  const free = freeIndexes(job, facts.over, facts.working, Infinity).map((index) => {
    return { index, until: pausedUntil(pods.filter((pod) => indexOf(pod) === index)) }
  })
  const ready = free.filter(({ until }) => until <= now).slice(0, facts.missing)
  const paused = free.filter(({ until }) => until > now).map(({ until }) => until)
  return {
    create: ready.map(({ index }) => jobPod(job, index, failuresOf(job, index, pods))),
    remove: [],
    nextAt: paused.length > 0 ? Math.min(...paused) : undefined,
  }
}

function hasWork(job: Job, pod: Pod, done: ReadonlySet<number>): boolean {
  const index = indexOf(pod)
  return index !== undefined && index < (job.spec.completions ?? 0) && !done.has(index)
}

/** The conditions, and what there is to tell of them. The end comes when all pods have ended and are counted. */
function conditionsOf(
  job: Job,
  tally: Tally,
  verdict: Verdict | undefined,
  now: number,
): { conditions: Condition[]; events: JobPlan['events'] } {
  const time = rfc3339(now)
  const make = (
    type: string,
    status: 'True' | 'False',
    reason: string,
    message: string,
  ): Condition => ({
    type,
    status,
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message,
  })
  const before = job.status?.conditions ?? []
  if (verdict === undefined) return suspension(job, before, make)
  const { type, reason, message } = verdict
  const target = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
  const aimed = withCondition(before, make(target, 'True', reason, message))
  const { uncounted, active, terminating, release } = tally
  const open = uncounted.succeeded.length + uncounted.failed.length + release.length
  if (open + active.length + terminating.length > 0) return { conditions: aimed, events: [] }
  const conditions = withCondition(aimed, make(type, 'True', reason, message))
  const event =
    type === 'Complete'
      ? { type: 'Normal' as const, reason: 'Completed', message: 'Job completed' }
      : { type: 'Warning' as const, reason, message }
  return { conditions, events: [event] }
}

function suspension(
  job: Job,
  before: readonly Condition[],
  make: (type: string, status: 'True' | 'False', reason: string, message: string) => Condition,
): { conditions: Condition[]; events: JobPlan['events'] } {
  const was = isTrue(before, 'Suspended')
  const { suspend = false } = job.spec
  if (suspend === was) return { conditions: [...before], events: [] }
  const [reason, message] = suspend ? ['Suspended', 'Job suspended'] : ['Resumed', 'Job resumed']
  const conditions = withCondition(
    before,
    make('Suspended', suspend ? 'True' : 'False', `Job${reason}`, message),
  )
  return { conditions, events: [{ type: 'Normal', reason, message }] }
}
