import {
  PODS,
  isNotFound,
  type KubeObject,
  type OwnerReference,
  type Pod,
  type PodTemplateSpec,
  type Resource,
} from '../../../kube/index.ts'
import { describeError } from '../../../core/index.ts'
import type { EventRecorder } from '../../events/index.ts'
import { referenceOf } from '../../events/index.ts'
import type { ControllerContext } from '../controller.ts'
import { claim, controllerReference } from './owners.ts'
import { create, remove } from './writes.ts'

/** Who makes pods, and in whose name events are told. */
export interface PodOwner {
  readonly of: Resource
  readonly object: KubeObject
  readonly recorder: EventRecorder
}

/** A pod as a template describes it (controller.GetPodFromTemplate). The API server makes up its name. */
export function podFromTemplate(
  { of, object }: Pick<PodOwner, 'of' | 'object'>,
  template: PodTemplateSpec,
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  const { name = '', namespace = '' } = object.metadata
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(of, object)],
    },
    spec: template.spec,
  }
}

/** Creates a pod and tells of it, or of why not; throws what the API server said. */
export async function createPod(
  context: ControllerContext,
  owner: PodOwner,
  pod: Pod,
): Promise<Pod> {
  const about = referenceOf(owner.of, owner.object)
  try {
    const made = await create(context, PODS, pod)
    const { name = '' } = made.metadata
    owner.recorder.event(about, 'Normal', 'SuccessfulCreate', `Created pod: ${name}`)
    return made
  } catch (error) {
    const message = `Error creating: ${reasonOf(error)}`
    owner.recorder.event(about, 'Warning', 'FailedCreate', message)
    throw error
  }
}

/** Deletes a pod and tells of it. */
export async function deletePod(
  context: ControllerContext,
  owner: PodOwner,
  pod: Pod,
): Promise<void> {
  const { name = '' } = pod.metadata
  const about = referenceOf(owner.of, owner.object)
  try {
    await remove(context, PODS, pod)
    owner.recorder.event(about, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
  } catch (error) {
    const message = `Error deleting: ${reasonOf(error)}`
    owner.recorder.event(about, 'Warning', 'FailedDelete', message)
    throw error
  }
}

/** What the API server said, without what we asked. */
export const reasonOf = (error: unknown): string => {
  const status = (error as { status?: { message?: string } } | undefined)?.status
  return status?.message ?? describeError(error)
}

/** The first `count` in batches of 1, 2, 4, …: when all would fail, few are tried. Throws the first failure. */
export async function slowStart(count: number, make: () => Promise<unknown>): Promise<void> {
  for (let done = 0, batch = 1; done < count; batch *= 2) {
    const size = Math.min(batch, count - done)
    const results = await Promise.allSettled(Array.from({ length: size }, make))
    const failed = results.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    done += size
  }
}

/** An owner's objects of one kind: takes in those that match and belong to nobody, lets go those that match no more. */
export async function claimOwned<T extends KubeObject>(
  context: ControllerContext,
  of: Resource,
  owner: Pick<PodOwner, 'of' | 'object'> & { selector: Parameters<typeof claim>[1] },
): Promise<T[]> {
  const { namespace } = owner.object.metadata
  const candidates = context.informers
    .of<T>(of)
    .list()
    .filter(({ metadata }) => metadata.namespace === namespace)
  const { owned, adopt, release } = claim(owner.object, owner.selector, candidates)
  const reference = controllerReference(owner.of, owner.object)
  const write = (one: T, ownerReferences: OwnerReference[] | null): Promise<T | undefined> => {
    const { name = '', uid, resourceVersion } = one.metadata
    const patch = { metadata: { uid, resourceVersion, ownerReferences } }
    return context.client
      .patch<T>(of, { namespace, name }, patch, 'merge')
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
  }
  const adopted = await Promise.all(
    adopt.map((one) => write(one, [...(one.metadata.ownerReferences ?? []), reference])),
  )
  await Promise.all(
    release.map((one) => {
      const others = (one.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== reference.uid)
      return write(one, others.length > 0 ? others : null)
    }),
  )
  return [...owned, ...adopted.filter((one) => one !== undefined)]
}
