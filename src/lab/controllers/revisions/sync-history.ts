import {
  CONTROLLERREVISIONS,
  isConflict,
  type ControllerRevision,
  type KubeObject,
  type LabelSelector,
  type PodTemplateSpec,
  type Resource,
} from '../../../kube/index.ts'
import { claimOwned } from '../common/pod-control.ts'
import { controllerOf } from '../common/owners.ts'
import { sameValue } from '../common/template-hash.ts'
import { create, remove, update } from '../common/writes.ts'
import type { ControllerContext } from '../controller.ts'
import { outlived, planHistory } from './revisions.ts'

/** An object whose templates are kept as ControllerRevisions. */
export interface HistoryOwner {
  readonly of: Resource
  readonly object: KubeObject
  readonly selector: LabelSelector
  readonly template: PodTemplateSpec
  /** On the revision: its hash. */
  readonly hashLabel: string
  readonly collisionCount?: number | undefined
}

export interface History {
  readonly current: ControllerRevision
  readonly all: readonly ControllerRevision[]
  /** Another hash is needed: this one is taken by another template. */
  readonly collides: boolean
}

/** Makes sure that the present template has a revision, which is the newest. */
export async function syncHistory(
  context: ControllerContext,
  owner: HistoryOwner,
): Promise<History> {
  const all = await claimOwned<ControllerRevision>(context, CONTROLLERREVISIONS, owner)
  const plan = planHistory(owner, owner.template, all, owner)
  if (plan.do === 'keep') return { current: plan.current, all, collides: false }
  if (plan.do === 'renumber') {
    const current = await update(context, CONTROLLERREVISIONS, plan.current)
    return {
      current,
      all: [...all.filter((one) => !isSame(one, current)), current],
      collides: false,
    }
  }
  try {
    const current = await create(context, CONTROLLERREVISIONS, plan.current)
    return { current, all: [...all, current], collides: false }
  } catch (error) {
    if (!isConflict(error)) throw error
    const { namespace, name = '' } = plan.current.metadata
    const key = { namespace, name }
    const current = await context.client.get<ControllerRevision>(CONTROLLERREVISIONS, key)
    const own = controllerOf(current)?.uid === owner.object.metadata.uid
    return { current, all, collides: !own || !sameValue(current.data, plan.current.data) }
  }
}

const isSame = (a: KubeObject, b: KubeObject): boolean => a.metadata.uid === b.metadata.uid

/** Deletes revisions that nobody uses beyond the limit. */
export async function trimHistory(
  context: ControllerContext,
  { all, current }: History,
  isUsed: (revision: ControllerRevision) => boolean,
  limit: number | undefined,
): Promise<void> {
  const used = (one: ControllerRevision): boolean => isSame(one, current) || isUsed(one)
  for (const one of outlived(all, used, limit)) await remove(context, CONTROLLERREVISIONS, one)
}
