import { CRONJOBS, JOBS, isConflict, type CronJob, type Job } from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { controllerOf } from '../common/owners.ts'
import { reasonOf } from '../common/pod-control.ts'
import { create, remove, writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { planCronJob } from './plan.ts'

/** Makes a Job whenever a CronJob's schedule says so. */
export const cronJobController: Controller = (context) => {
  const { informers } = context
  const crons = informers.of<CronJob>(CRONJOBS)
  const jobs = informers.of<Job>(JOBS)
  const queue = context.queue('cronjob', async (key) => {
    await jobs.ready
    const cron = crons.get(parseKey(key))
    if (cron === undefined) return
    const nextAt = await sync(context, cron)
    if (nextAt !== undefined) queue.addAfter(key, nextAt - context.clock.now() + 50)
  })
  crons.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  jobs.onChange(({ object }) => {
    const owner = controllerOf(object)
    if (owner?.kind === 'CronJob') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`)
  })
}

async function sync(context: ControllerContext, cron: CronJob): Promise<number | undefined> {
  const recorder = context.recorder('cronjob-controller')
  const about = referenceOf(CRONJOBS, cron)
  const own = context.informers
    .of<Job>(JOBS)
    .list()
    .filter((job) => controllerOf(job)?.uid === cron.metadata.uid)
  const plan = planCronJob(cron, own, context.clock.now())
  for (const job of plan.remove) await remove(context, JOBS, job, 'Background')
  if (plan.create !== undefined) {
    try {
      await create(context, JOBS, plan.create)
    } catch (error) {
      if (!isConflict(error)) {
        recorder.event(about, 'Warning', 'FailedCreate', `Error creating job: ${reasonOf(error)}`)
        throw error
      }
    }
  }
  for (const { type, reason, message } of plan.events) recorder.event(about, type, reason, message)
  await writeStatus(context, CRONJOBS, cron, plan.status)
  return plan.nextAt
}
