import {
  JOBS,
  PODS,
  isNotFound,
  type Job,
  type LabelSelector,
  type Pod,
} from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { followPods } from '../common/follow-pods.ts'
import { controllerOf } from '../common/owners.ts'
import { claimOwned, createPod, deletePod, type PodOwner } from '../common/pod-control.ts'
import { remove, writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { planJob, type JobPlan } from './plan.ts'
import { TRACKING, isTracked } from './pods.ts'

/** What `managedBy` says of jobs that are this controller's. */
const OWN_NAME = 'kubernetes.io/job-controller'

/** Runs pods until enough of them succeeded, or too many failed; also deletes finished jobs after their time. */
export const jobController: Controller = (context) => {
  const { informers } = context
  const jobs = informers.of<Job>(JOBS)
  const pods = informers.of<Pod>(PODS)
  const queue = context.queue('job', async (key) => {
    await pods.ready
    const job = jobs.get(parseKey(key))
    if (job === undefined || (job.spec.managedBy ?? OWN_NAME) !== OWN_NAME) return
    const nextAt = await sync(context, job)
    if (nextAt !== undefined) queue.addAfter(key, nextAt - context.clock.now())
  })
  jobs.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  followPods(context, jobs, 'Job', (key) => queue.add(key))
  const orphans = context.queue('job-orphans', async (key) => {
    await jobs.ready
    const pod = pods.get(parseKey(key))
    if (pod !== undefined && isTracked(pod) && !hasJob(context, pod)) await letGo(context, pod)
  })
  pods.onChange(({ type, object }) => {
    if (type !== 'deleted' && isTracked(object)) orphans.add(keyOf(object.metadata))
  })
  jobs.onChange(({ type, object }) => {
    if (type !== 'deleted') return
    for (const pod of pods.list()) {
      if (controllerOf(pod)?.uid === object.metadata.uid) orphans.add(keyOf(pod.metadata))
    }
  })
}

function hasJob({ informers }: ControllerContext, pod: Pod): boolean {
  const owner = controllerOf(pod)
  if (owner?.kind !== 'Job') return false
  const { namespace } = pod.metadata
  return informers.of(JOBS).get({ namespace, name: owner.name })?.metadata.uid === owner.uid
}

async function sync(context: ControllerContext, job: Job): Promise<number | undefined> {
  const selector: LabelSelector = job.spec.selector ?? {}
  const recorder = context.recorder('job-controller')
  const owner = { of: JOBS, object: job, selector, recorder }
  const pods = await claimOwned<Pod>(context, PODS, owner)
  const ending = job.metadata.deletionTimestamp !== undefined
  const plan = planJob(job, pods, context.clock.now())
  if (plan.expire) {
    await remove(context, JOBS, job, 'Foreground')
    return undefined
  }
  // What ended is written down before its pod is let go, so that it counts once.
  await writeStatus(context, JOBS, job, plan.status)
  await Promise.all(plan.release.map((pod) => letGo(context, pod)))
  for (const { type, reason, message } of plan.events) {
    recorder.event(referenceOf(JOBS, job), type, reason, message)
  }
  if (!ending) await carryOut(context, owner, plan)
  return plan.nextAt
}

async function carryOut(
  context: ControllerContext,
  owner: PodOwner,
  { create, remove: surplus }: JobPlan,
): Promise<void> {
  await Promise.all(surplus.map((pod) => deletePod(context, owner, pod)))
  for (const pod of create) await createPod(context, owner, pod)
}

/** Takes the finalizer off a pod. */
async function letGo({ client, informers }: ControllerContext, pod: Pod): Promise<void> {
  const { namespace, name = '', uid, finalizers = [] } = pod.metadata
  const rest = finalizers.filter((one) => one !== TRACKING)
  const patch = { metadata: { uid, finalizers: rest.length > 0 ? rest : null } }
  try {
    const written = await client.patch<Pod>(PODS, { namespace, name }, patch, 'merge')
    await informers.caughtUp(PODS, written)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
