import {
  CONTROLLERREVISIONS,
  PERSISTENTVOLUMECLAIMS,
  PODS,
  STATEFULSETS,
  isConflict,
  type ControllerRevision,
  type PersistentVolumeClaim,
  type Pod,
  type StatefulSet,
} from '../../../kube/index.ts'
import { referenceOf } from '../../events/index.ts'
import { followPods } from '../common/follow-pods.ts'
import { claimOwned, reasonOf } from '../common/pod-control.ts'
import { create, remove, update, writeStatus } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { REVISION_LABEL, templateOf } from '../revisions/revisions.ts'
import { syncHistory, trimHistory, type History } from '../revisions/sync-history.ts'
import { claimOwners } from './claim-owners.ts'
import { planStatefulSet, type SetRevision, type StatefulSetPlan } from './plan.ts'
import { claimsOf, ordinalOf } from './pods.ts'

const HASH_LABEL = 'controller.kubernetes.io/hash'

/** Runs pods with names and claims of their own, one after the other. */
export const statefulSetController: Controller = (context) => {
  const { informers } = context
  const sets = informers.of<StatefulSet>(STATEFULSETS)
  const revisions = informers.of<ControllerRevision>(CONTROLLERREVISIONS)
  const claims = informers.of<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS)
  const queue = context.queue('statefulset', async (key) => {
    await Promise.all([informers.of(PODS).ready, revisions.ready, claims.ready])
    const set = sets.get(parseKey(key))
    if (set === undefined) return
    const nextAt = await sync(context, set)
    if (nextAt !== undefined) queue.addAfter(key, nextAt - context.clock.now())
  })
  sets.onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(keyOf(object.metadata))
  })
  followPods(context, sets, 'StatefulSet', (key) => queue.add(key))
}

async function sync(context: ControllerContext, set: StatefulSet): Promise<number | undefined> {
  const { selector, template, revisionHistoryLimit } = set.spec
  const collisionCount = set.status?.collisionCount ?? 0
  const owner = { of: STATEFULSETS, object: set, selector, template, collisionCount }
  const pods = await claimOwned<Pod>(context, PODS, owner)
  if (set.metadata.deletionTimestamp) return undefined
  const history = await syncHistory(context, { ...owner, hashLabel: HASH_LABEL })
  if (history.collides) {
    const status = { replicas: 0, ...set.status, collisionCount: collisionCount + 1 }
    await writeStatus(context, STATEFULSETS, set, status)
    return context.clock.now()
  }
  const plan = planStatefulSet(set, pods, revisionsOf(set, history), context.clock.now())
  await setClaimOwners(context, set, pods)
  await carryOut(context, set, plan)
  await writeStatus(context, STATEFULSETS, set, plan.status)
  const used = new Set([
    plan.status.currentRevision,
    ...pods.map((pod) => pod.metadata.labels?.[REVISION_LABEL]),
  ])
  await trimHistory(context, history, (one) => used.has(one.metadata.name), revisionHistoryLimit)
  return plan.nextAt
}

function revisionsOf(
  set: StatefulSet,
  { current: newest, all }: History,
): { current: SetRevision; update: SetRevision } {
  const of = (one: ControllerRevision): SetRevision => ({
    name: one.metadata.name ?? '',
    template: templateOf(one),
  })
  const update = of(newest)
  const before = all.find(({ metadata }) => metadata.name === set.status?.currentRevision)
  return { update, current: before ? of(before) : update }
}

async function carryOut(
  context: ControllerContext,
  set: StatefulSet,
  plan: StatefulSetPlan,
): Promise<void> {
  for (const { ordinal, pod } of plan.create) {
    await createClaims(context, set, ordinal, pod)
    await tell(context, set, 'Create', `Pod ${pod.metadata.name ?? ''}`, 'successful', () =>
      create(context, PODS, pod),
    )
  }
  for (const pod of plan.remove) {
    await tell(context, set, 'Delete', `Pod ${pod.metadata.name ?? ''}`, 'successful', () =>
      remove(context, PODS, pod),
    )
  }
}

/** Before anything goes: a claim that is to go with a pod has to say so first. */
async function setClaimOwners(
  context: ControllerContext,
  set: StatefulSet,
  pods: readonly Pod[],
): Promise<void> {
  const claims = context.informers.of<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS)
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)
    for (const { metadata } of ordinal === undefined ? [] : claimsOf(set, ordinal)) {
      const { namespace, name = '' } = metadata
      const claim = claims.get({ namespace, name })
      const ownerReferences = claim && claimOwners(set, pod, claim)
      if (claim === undefined || ownerReferences === undefined) continue
      const next = { ...claim, metadata: { ...claim.metadata, ownerReferences } }
      await update(context, PERSISTENTVOLUMECLAIMS, next)
    }
  }
}

async function createClaims(
  context: ControllerContext,
  set: StatefulSet,
  ordinal: number,
  pod: Pod,
): Promise<void> {
  const claims = context.informers.of<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS)
  for (const claim of claimsOf(set, ordinal)) {
    const { namespace, name = '' } = claim.metadata
    if (claims.get({ namespace, name }) !== undefined) continue
    const what = `Claim ${name} Pod ${pod.metadata.name ?? ''}`
    await tell(context, set, 'Create', what, 'success', () =>
      create(context, PERSISTENTVOLUMECLAIMS, claim),
    )
  }
}

/** Does something and tells of it in an event. That it exists already is fine. */
async function tell(
  context: ControllerContext,
  set: StatefulSet,
  verb: 'Create' | 'Delete',
  what: string,
  success: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const recorder = context.recorder('statefulset-controller')
  const about = referenceOf(STATEFULSETS, set)
  const text = `${verb.toLowerCase()} ${what} in StatefulSet ${set.metadata.name ?? ''}`
  try {
    await work()
    recorder.event(about, 'Normal', `Successful${verb}`, `${text} ${success}`)
  } catch (error) {
    if (verb === 'Create' && isConflict(error)) return
    recorder.event(about, 'Warning', `Failed${verb}`, `${text} failed error: ${reasonOf(error)}`)
    throw error
  }
}
