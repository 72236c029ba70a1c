import {
  DEPLOYMENTS,
  PODS,
  REPLICASETS,
  isConflict,
  type Deployment,
  type Pod,
  type ReplicaSet,
} from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { controllerOf } from '../common/owners.ts'
import { claimOwned, reasonOf } from '../common/pod-control.ts'
import { hasEnded } from '../common/pod-facts.ts'
import { create, remove, update, writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { REVISION } from './annotations.ts'
import { planDeployment, type DeploymentPlan } from './plan.ts'
import { sameTemplate } from './replica-sets.ts'

/** Rolls out each Deployment's template through ReplicaSets. */
export const deploymentController: Controller = (context) => {
  const { informers } = context
  const deployments = informers.of<Deployment>(DEPLOYMENTS)
  const sets = informers.of<ReplicaSet>(REPLICASETS)
  const queue = context.queue('deployment', async (key) => {
    await Promise.all([sets.ready, informers.of(PODS).ready])
    const deployment = deployments.get(parseKey(key))
    if (deployment === undefined) return
    const nextAt = await sync(context, deployment)
    if (nextAt !== undefined) queue.addAfter(key, nextAt - context.clock.now())
  })
  deployments.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  sets.onChange(({ type, object }) => {
    const { namespace = '' } = object.metadata
    const owner = controllerOf(object)
    if (owner?.kind === 'Deployment') queue.add(`${namespace}/${owner.name}`)
    if (owner !== undefined || type === 'deleted') return
    for (const { metadata } of deployments.list()) {
      if (metadata.namespace === namespace) queue.add(keyOf(metadata))
    }
  })
  // A Recreate waits for the last old pod.
  informers.of<Pod>(PODS).onChange(({ type, object }) => {
    if (type !== 'deleted' && !hasEnded(object)) return
    const owner = controllerOf(object)
    if (owner?.kind !== 'ReplicaSet') return
    const { namespace = '' } = object.metadata
    const set = sets.get({ namespace, name: owner.name })
    const deployment = set && controllerOf(set)
    if (deployment?.kind !== 'Deployment') return
    const found = deployments.get({ namespace, name: deployment.name })
    if (found?.spec.strategy?.type === 'Recreate') queue.add(keyOf(found.metadata))
  })
}

/** One look at a Deployment; returns when to look again without a change. */
async function sync(
  context: ControllerContext,
  deployment: Deployment,
): Promise<number | undefined> {
  const { selector } = deployment.spec
  const owner = { of: DEPLOYMENTS, object: deployment, selector }
  const sets = await claimOwned<ReplicaSet>(context, REPLICASETS, owner)
  const alive = sets.filter(({ metadata }) => !metadata.deletionTimestamp)
  const pods = context.informers.of<Pod>(PODS)
  const podsOfOld = (newSet: ReplicaSet | undefined): number => {
    const old = new Set(sets.filter((set) => set !== newSet).map(({ metadata }) => metadata.uid))
    return pods.list().filter((pod) => !hasEnded(pod) && old.has(controllerOf(pod)?.uid)).length
  }
  const plan = planDeployment(deployment, alive, podsOfOld, context.clock.now())
  if (!(await carryOut(context, deployment, plan))) return context.clock.now()
  return plan.nextAt
}

/** Writes what was planned; false when the new ReplicaSet's name is taken and another hash is needed. */
async function carryOut(
  context: ControllerContext,
  deployment: Deployment,
  plan: DeploymentPlan,
): Promise<boolean> {
  const recorder = context.recorder('deployment-controller')
  const about = referenceOf(DEPLOYMENTS, deployment)
  if (plan.create !== undefined && !(await createSet(context, deployment, plan.create)))
    return false
  for (const set of plan.update) await update(context, REPLICASETS, set)
  for (const { type, reason, message } of plan.events) recorder.event(about, type, reason, message)
  for (const set of plan.remove) await remove(context, REPLICASETS, set)
  const current = await writeRevision(context, deployment, plan.revision)
  await writeStatus(context, DEPLOYMENTS, current, plan.status)
  return true
}

async function createSet(
  context: ControllerContext,
  deployment: Deployment,
  set: ReplicaSet,
): Promise<boolean> {
  const { namespace, name = '', uid } = { ...deployment.metadata, name: set.metadata.name }
  try {
    await create(context, REPLICASETS, set)
    return true
  } catch (error) {
    if (!isConflict(error)) {
      const message = `Failed to create new replica set "${name}": ${reasonOf(error)}`
      const about = referenceOf(DEPLOYMENTS, deployment)
      context.recorder('deployment-controller').event(about, 'Warning', 'FailedCreate', message)
      throw error
    }
    const found = await context.client.get<ReplicaSet>(REPLICASETS, { namespace, name })
    const own = controllerOf(found)?.uid === uid
    if (own && sameTemplate(found.spec.template, set.spec.template)) return false
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
    await writeStatus(context, DEPLOYMENTS, deployment, { ...deployment.status, collisionCount })
    return false
  }
}

async function writeRevision(
  context: ControllerContext,
  deployment: Deployment,
  revision: string | undefined,
): Promise<Deployment> {
  if (revision === undefined) return deployment
  const annotations = { ...deployment.metadata.annotations, [REVISION]: revision }
  return update(context, DEPLOYMENTS, {
    ...deployment,
    metadata: { ...deployment.metadata, annotations },
  })
}
