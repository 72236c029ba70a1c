import {
  CONTROLLERREVISIONS,
  DAEMONSETS,
  NODES,
  PODS,
  type DaemonSet,
  type Node,
  type Pod,
} from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { followPods } from '../common/follow-pods.ts'
import { claimOwned, createPod, deletePod, type PodOwner } from '../common/pod-control.ts'
import { writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { placementChanged } from '../scheduling/node-fit.ts'
import { REVISION_LABEL } from '../revisions/revisions.ts'
import { syncHistory, trimHistory } from '../revisions/sync-history.ts'
import { planDaemonSet, type DaemonSetPlan } from './plan.ts'
import { daemonPod } from './pod.ts'

/** Runs one pod of each DaemonSet on every node that fits, and replaces them when the template changes. */
export const daemonSetController: Controller = (context) => {
  const { informers } = context
  const sets = informers.of<DaemonSet>(DAEMONSETS)
  const revisions = informers.of(CONTROLLERREVISIONS)
  const queue = context.queue('daemonset', async (key) => {
    await Promise.all([informers.of(NODES).ready, informers.of(PODS).ready, revisions.ready])
    const set = sets.get(parseKey(key))
    if (set === undefined || set.metadata.deletionTimestamp) return
    const nextAt = await sync(context, set)
    if (nextAt !== undefined) queue.addAfter(key, nextAt - context.clock.now())
  })
  sets.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  followPods(context, sets, 'DaemonSet', (key) => queue.add(key))
  informers.of<Node>(NODES).onChange(({ type, object, previous }) => {
    if (type !== 'deleted' && !placementChanged(object, previous)) return
    for (const set of sets.list()) queue.add(keyOf(set.metadata))
  })
}

/** One look at a DaemonSet; returns when to look again without a change. */
async function sync(context: ControllerContext, set: DaemonSet): Promise<number | undefined> {
  const { selector, template, revisionHistoryLimit } = set.spec
  const collisionCount = set.status?.collisionCount
  const recorder = context.recorder('daemonset-controller')
  const owner = { of: DAEMONSETS, object: set, selector, template, recorder, collisionCount }
  const pods = await claimOwned<Pod>(context, PODS, owner)
  const history = await syncHistory(context, { ...owner, hashLabel: REVISION_LABEL })
  if (history.collides) {
    const status = { ...set.status, collisionCount: (collisionCount ?? 0) + 1 }
    await writeStatus(context, DAEMONSETS, set, status)
    return context.clock.now()
  }
  const hash = history.current.metadata.labels?.[REVISION_LABEL] ?? ''
  const nodes = context.informers.of<Node>(NODES).list()
  const plan = planDaemonSet(set, nodes, pods, hash, context.clock.now())
  await carryOut(context, owner, set, plan, hash)
  await writeStatus(context, DAEMONSETS, set, {
    ...plan.status,
    observedGeneration: set.metadata.generation ?? 1,
    ...(collisionCount === undefined ? {} : { collisionCount }),
  })
  const used = new Set(pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL]))
  const isUsed = ({ metadata }: { metadata: { labels?: Record<string, string> } }): boolean =>
    used.has(metadata.labels?.[REVISION_LABEL])
  await trimHistory(context, history, isUsed, revisionHistoryLimit)
  return plan.nextAt
}

async function carryOut(
  context: ControllerContext,
  owner: PodOwner,
  set: DaemonSet,
  plan: DaemonSetPlan,
  hash: string,
): Promise<void> {
  for (const { metadata, spec } of plan.failed) {
    const { namespace = '', name = '' } = metadata
    const message = `Found failed daemon pod ${namespace}/${name} on node ${spec.nodeName ?? ''}, will try to kill it`
    const about = referenceOf(DAEMONSETS, set)
    owner.recorder.event(about, 'Warning', 'FailedDaemonPod', message)
  }
  await Promise.all([
    ...plan.remove.map((pod) => deletePod(context, owner, pod)),
    ...plan.create.map((node) => createPod(context, owner, daemonPod(set, node, hash))),
  ])
}
