import {
  DAEMONSETS,
  NODES,
  PODS,
  formatLabelSelector,
  fromLabelSelector,
  isNotFound,
  type DaemonSet,
  type Node,
  type Pod,
} from '../../kube/index.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from './controller.ts'
import { planDaemonSet, type DaemonSetPlan } from './daemonset-plan.ts'
import { daemonPod } from './daemonset-pod.ts'
import { placementChanged } from './node-fit.ts'

/** Runs one pod of each DaemonSet on every node that fits, and replaces them when the template changes. */
export const daemonSetController: Controller = (context) => {
  const { informers } = context
  const sets = informers.of<DaemonSet>(DAEMONSETS)
  const queue = context.queue('daemonset', (key) => sync(context, key))
  sets.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  informers.of<Pod>(PODS).onChange(({ object }) => {
    const { namespace = '', ownerReferences = [] } = object.metadata
    const owner = ownerReferences.find((one) => one.controller && one.kind === 'DaemonSet')
    if (owner) queue.add(`${namespace}/${owner.name}`)
  })
  informers.of<Node>(NODES).onChange(({ type, object, previous }) => {
    if (type !== 'deleted' && !placementChanged(object, previous)) return
    for (const set of sets.list()) queue.add(keyOf(set.metadata))
  })
}

async function sync(context: ControllerContext, key: string): Promise<void> {
  const { informers } = context
  await informers.of(NODES).ready
  const set = informers.of<DaemonSet>(DAEMONSETS).get(parseKey(key))
  if (set === undefined || set.metadata.deletionTimestamp) return
  const nodes = informers.of<Node>(NODES).list()
  const plan = planDaemonSet(set, nodes, await ownPods(context, set))
  await carryOut(context, set, plan)
  await writeStatus(context, set, plan)
}

/** Asked of the API server, not of our copy: that one may not know the pods we just made. */
async function ownPods({ client, signal }: ControllerContext, set: DaemonSet): Promise<Pod[]> {
  const selector = fromLabelSelector(set.spec.selector)
  if (!selector.ok) return []
  const { namespace = '', uid } = set.metadata
  const labelSelector = formatLabelSelector(selector.requirements)
  const found = await client.list<Pod>(PODS, { namespace, labelSelector, signal })
  return found.items.filter(({ metadata }) =>
    (metadata.ownerReferences ?? []).some((owner) => owner.controller && owner.uid === uid),
  )
}

async function carryOut(
  { client }: ControllerContext,
  set: DaemonSet,
  plan: DaemonSetPlan,
): Promise<void> {
  const deletions = plan.remove.map(async ({ metadata }) => {
    const { namespace = '', name = '', uid } = metadata
    await client
      .delete(PODS, { namespace, name }, uid === undefined ? {} : { uid })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
  })
  const creations = plan.create.map((node) => client.create(PODS, daemonPod(set, node)))
  await Promise.all([...deletions, ...creations])
}

async function writeStatus(
  { client }: ControllerContext,
  set: DaemonSet,
  plan: DaemonSetPlan,
): Promise<void> {
  const status = { ...plan.status, observedGeneration: set.metadata.generation ?? 1 }
  const same = Object.entries(status).every(
    ([field, value]) => (set.status as Record<string, unknown> | undefined)?.[field] === value,
  )
  if (!same) await client.update(DAEMONSETS, { ...set, status }, { subresource: 'status' })
}
