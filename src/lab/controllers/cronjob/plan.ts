import { rfc3339 } from '../../../core/index.ts'
import { CRONJOBS, JOBS, apiVersionOf, type CronJob, type Job } from '../../../kube/index.ts'
import { isTrue } from '../common/conditions.ts'
import { controllerReference } from '../common/owners.ts'
import { byAge, createdAt } from '../common/pod-facts.ts'
import { isFinished } from '../job/plan.ts'
import { parseSchedule, type Schedule } from './schedule.ts'

export interface CronJobPlan {
  readonly create: Job | undefined
  readonly remove: readonly Job[]
  readonly status: NonNullable<CronJob['status']>
  readonly events: readonly {
    readonly type: 'Normal' | 'Warning'
    readonly reason: string
    readonly message: string
  }[]
  /** When to look again without a change, in milliseconds since 1970. */
  readonly nextAt: number | undefined
}

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp'
/** More missed times than these are not counted one by one. */
const MANY = 100

const succeeded = ({ status }: Job): boolean => isTrue(status?.conditions ?? [], 'Complete')
const nameOf = (job: Job): string => job.metadata.name ?? ''

/** One look at a CronJob (cronjob_controllerv2.go, 1.36). `jobs` are those that it controls. */
export function planCronJob(cron: CronJob, jobs: readonly Job[], now: number): CronJobPlan {
  const events: CronJobPlan['events'][number][] = []
  const running = noteJobs(cron, jobs, events)
  const old = outlived(cron, jobs)
  const deleted = (job: Job): void =>
    void events.push({
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted job ${nameOf(job)}`,
    })
  old.forEach(deleted)
  const status = statusOf(cron, jobs, running)
  const rest = { create: undefined, remove: old, status, events, nextAt: undefined }
  if (cron.metadata.deletionTimestamp || cron.spec.suspend) return rest
  const schedule = parseSchedule(cron.spec.schedule, cron.spec.timeZone)
  if (schedule === undefined) {
    const message = `unparseable schedule: ${cron.spec.schedule}`
    events.push({ type: 'Warning', reason: 'UnparseableSchedule', message })
    return rest
  }
  const nextAt = schedule.next(now)
  const due = lastDue(cron, schedule, now)
  if (due === undefined) return { ...rest, nextAt }
  const { startingDeadlineSeconds: deadline, concurrencyPolicy } = cron.spec
  const job = jobOf(cron, due)
  if (jobs.some((one) => nameOf(one) === nameOf(job))) return { ...rest, nextAt }
  if (deadline !== undefined && due + deadline * 1000 < now) {
    const message = `Missed scheduled time to start a job: ${rfc3339(due)}`
    events.push({ type: 'Warning', reason: 'MissSchedule', message })
    return { ...rest, nextAt }
  }
  if (concurrencyPolicy === 'Forbid' && running.length > 0) {
    const message =
      'Not starting job because prior execution is running and concurrency policy is Forbid'
    events.push({ type: 'Normal', reason: 'JobAlreadyActive', message })
    return { ...rest, nextAt }
  }
  const replaced = concurrencyPolicy === 'Replace' ? running : []
  replaced.forEach(deleted)
  events.push({ type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${nameOf(job)}` })
  const lastScheduleTime = rfc3339(due)
  return {
    ...rest,
    create: job,
    remove: [...old, ...replaced],
    status: { ...status, lastScheduleTime },
    nextAt,
  }
}

/** Tells of jobs that have finished since the last look; gives those that run. */
function noteJobs(
  cron: CronJob,
  jobs: readonly Job[],
  events: CronJobPlan['events'][number][],
): Job[] {
  for (const job of jobs) {
    const wasActive = cron.status?.active?.some(({ uid }) => uid === job.metadata.uid) ?? false
    if (!wasActive || !isFinished(job)) continue
    const condition = succeeded(job) ? 'Complete' : 'Failed'
    const message = `Saw completed job: ${nameOf(job)}, condition: ${condition}`
    events.push({ type: 'Normal', reason: 'SawCompletedJob', message })
  }
  return jobs.filter((job) => !isFinished(job)).sort(byAge)
}

/** Finished jobs beyond the histories that are kept, the oldest first. */
function outlived({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const beyond = (list: Job[], limit: number): Job[] =>
    list.sort(byAge).slice(0, Math.max(0, list.length - limit))
  const finished = jobs.filter((job) => isFinished(job) && !job.metadata.deletionTimestamp)
  const failed = finished.filter((job) => !succeeded(job))
  return [
    ...beyond(finished.filter(succeeded), spec.successfulJobsHistoryLimit ?? 3),
    ...beyond(failed, spec.failedJobsHistoryLimit ?? 1),
  ]
}

function statusOf(
  { status = {} }: CronJob,
  jobs: readonly Job[],
  running: readonly Job[],
): NonNullable<CronJob['status']> {
  const { lastScheduleTime, lastSuccessfulTime } = status
  const times = jobs.filter(succeeded).map((job) => job.status?.completionTime ?? '')
  const latest = [lastSuccessfulTime ?? '', ...times].sort().at(-1) ?? ''
  const active = running.map(({ metadata }) => ({
    kind: JOBS.kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    apiVersion: apiVersionOf(JOBS),
  }))
  return {
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(active.length > 0 ? { active } : {}),
    ...(latest ? { lastSuccessfulTime: latest } : {}),
  }
}

/** The latest time that was due since the last job; undefined: none was. */
function lastDue(cron: CronJob, schedule: Schedule, now: number): number | undefined {
  const { lastScheduleTime = '' } = cron.status ?? {}
  const deadline = cron.spec.startingDeadlineSeconds
  const earliest = Math.max(
    Date.parse(lastScheduleTime) || createdAt(cron),
    deadline === undefined ? 0 : now - deadline * 1000,
  )
  let last: number | undefined
  let at = schedule.next(earliest)
  for (let count = 0; at !== undefined && at <= now; count++) {
    last = at
    // Far behind: look back from now instead of through all that was missed.
    const from = count > MANY ? Math.max(at, now - (now - at) / 2) : at
    at = schedule.next(from)
  }
  return last
}

function jobOf(cron: CronJob, due: number): Job {
  const { metadata, spec } = cron.spec.jobTemplate
  const { name = '', namespace = '' } = cron.metadata
  return {
    metadata: {
      name: `${name}-${Math.floor(due / 60_000)}`,
      namespace,
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: rfc3339(due) },
      ownerReferences: [controllerReference(CRONJOBS, cron)],
    },
    spec,
  }
}
