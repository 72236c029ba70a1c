import {
  DEPLOYMENTS,
  PODDISRUPTIONBUDGETS,
  PODS,
  REPLICASETS,
  STATEFULSETS,
  matchesLabelSelector,
  type KubeObject,
  type Pod,
  type Resource,
} from '../../../kube/index.ts'
import { controllerOf } from '../common/owners.ts'
import { writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { budgetStatus, type PodDisruptionBudget } from './plan.ts'

/** Counts for each PodDisruptionBudget how many pods may be evicted just now. */
export const disruptionController: Controller = (context) => {
  const { informers, clock } = context
  const budgets = informers.of<PodDisruptionBudget>(PODDISRUPTIONBUDGETS)
  const pods = informers.of<Pod>(PODS)
  const queue = context.queue('disruption', async (key) => {
    await pods.ready
    const budget = budgets.get(parseKey(key))
    if (budget === undefined) return
    const own = pods.list().filter((pod) => selects(budget, pod))
    const { status, nextAt } = budgetStatus(budget, own, wishedFor(context, own), clock.now())
    await writeStatus(context, PODDISRUPTIONBUDGETS, budget, status)
    if (nextAt !== undefined) queue.addAfter(key, nextAt - clock.now())
  })
  const addWhere = (isMeant: (budget: PodDisruptionBudget) => boolean): void => {
    for (const budget of budgets.list()) if (isMeant(budget)) queue.add(keyOf(budget.metadata))
  }
  budgets.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  pods.onChange(({ object, previous }) =>
    addWhere((one) => selects(one, object) || (previous !== undefined && selects(one, previous))),
  )
  for (const of of [REPLICASETS, STATEFULSETS, DEPLOYMENTS]) {
    informers.of(of).onChange(({ object, previous }) => {
      const { namespace } = object.metadata
      if (replicasOf(object) !== replicasOf(previous))
        addWhere(({ metadata }) => metadata.namespace === namespace)
    })
  }
}

/** In policy/v1 an empty selector means every pod of the namespace, and none means none. */
function selects({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  return (
    metadata.namespace === pod.metadata.namespace &&
    spec.selector !== undefined &&
    matchesLabelSelector(spec.selector, pod.metadata.labels)
  )
}

const replicasOf = (object: KubeObject | undefined): number | undefined =>
  (object?.['spec'] as { replicas?: number } | undefined)?.replicas

/** How many pods their controllers wish for in all; a pod without one counts as itself. */
function wishedFor(context: ControllerContext, pods: readonly Pod[]): number {
  const seen = new Set<string>()
  let sum = 0
  for (const pod of pods) {
    const owner = topOwner(context, pod)
    if (owner === undefined) sum += 1
    else if (!seen.has(owner.metadata.uid ?? '')) {
      seen.add(owner.metadata.uid ?? '')
      sum += replicasOf(owner) ?? 1
    }
  }
  return sum
}

const OWNERS: Readonly<Record<string, Resource>> = {
  ReplicaSet: REPLICASETS,
  StatefulSet: STATEFULSETS,
  Deployment: DEPLOYMENTS,
}

function topOwner({ informers }: ControllerContext, object: KubeObject): KubeObject | undefined {
  const reference = controllerOf(object)
  const of = OWNERS[reference?.kind ?? '']
  if (reference === undefined || of === undefined) return undefined
  const { namespace } = object.metadata
  const owner = informers.of(of).get({ namespace, name: reference.name })
  if (owner === undefined || owner.metadata.uid !== reference.uid) return undefined
  return topOwner({ informers } as ControllerContext, owner) ?? owner
}
