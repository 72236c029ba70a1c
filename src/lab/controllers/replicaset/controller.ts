import { PODS, REPLICASETS, type Pod, type ReplicaSet } from '../../../kube/index.ts'
import {
  claimOwned,
  createPod,
  deletePod,
  podFromTemplate,
  reasonOf,
  slowStart,
  type PodOwner,
} from '../common/pod-control.ts'
import { followPods } from '../common/follow-pods.ts'
import { writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { planReplicaSet, replicaSetStatus, type ReplicaFailure } from './plan.ts'

/** Keeps as many pods of each ReplicaSet as it wishes for. */
export const replicaSetController: Controller = (context) => {
  const { informers } = context
  const sets = informers.of<ReplicaSet>(REPLICASETS)
  const queue = context.queue('replicaset', async (key) => {
    await informers.of(PODS).ready
    const set = sets.get(parseKey(key))
    if (set === undefined) return
    const nextAt = await sync(context, set)
    if (nextAt !== undefined) queue.addAfter(key, nextAt - context.clock.now())
  })
  sets.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  followPods(context, sets, 'ReplicaSet', (key) => queue.add(key))
}

/** One look at a ReplicaSet; returns when to look again without a change. */
async function sync(context: ControllerContext, set: ReplicaSet): Promise<number | undefined> {
  const { clock, informers } = context
  const owner: PodOwner = {
    of: REPLICASETS,
    object: set,
    recorder: context.recorder('replicaset-controller'),
  }
  const { selector, template } = set.spec
  const pods = await claimOwned<Pod>(context, PODS, { of: REPLICASETS, object: set, selector })
  const plan = planReplicaSet(set, pods, clock.now())
  const made: Pod[] = []
  const failed = await carryOut('FailedCreate', () =>
    slowStart(plan.create, async () => {
      made.push(await createPod(context, owner, podFromTemplate(owner, template)))
    }),
  )
  const failedToo = await carryOut('FailedDelete', () =>
    Promise.all(plan.remove.map((pod) => deletePod(context, owner, pod))),
  )
  const problem = failed ?? failedToo
  const now = [...pods, ...made].flatMap((pod) => currentOf(informers.of<Pod>(PODS), pod) ?? [])
  const { status, nextAt } = replicaSetStatus(set, now, problem?.failure, clock.now())
  await writeStatus(context, REPLICASETS, set, status)
  if (problem !== undefined) throw problem.error
  return nextAt
}

/** The pod as our copy shows it now; undefined when it is gone. */
function currentOf(
  pods: { get(key: { namespace?: string | undefined; name: string }): Pod | undefined },
  { metadata }: Pod,
): Pod | undefined {
  const { namespace, name = '', uid } = metadata
  const found = pods.get({ namespace, name })
  return found?.metadata.uid === uid ? found : undefined
}

interface Problem {
  readonly failure: ReplicaFailure
  readonly error: unknown
}

async function carryOut(
  reason: ReplicaFailure['reason'],
  work: () => Promise<unknown>,
): Promise<Problem | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return { failure: { reason, message: reasonOf(error) }, error }
  }
}
