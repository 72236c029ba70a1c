import { rfc3339 } from '../../../core/index.ts'
import type { KubeObject } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { reply } from '../context.ts'
import { orphanDependents } from '../dependents.ts'
import { isDryRun } from '../dry-run.ts'
import { fieldsOf, textOf, without } from '../fields.ts'
import type { Kind } from '../kinds/index.ts'
import { refusals } from '../refusals.ts'
import type { Stored } from '../store.ts'
import { isReleased } from './write.ts'

/** DeleteOptions, from the body or the query. */
export interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined
  readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan'
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly dryRun: boolean
}

/** DELETE of one object. */
export function remove(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  const old = context.store.get(kind.resource, namespace, info.name)
  if (old === undefined) throw refusals.notFound(kind.resource, info.name)
  const { object, gone } = removeOne(context, kind, old, readDeleteOptions(request))
  if (kind.returnsDeleted || !gone) return reply(object)
  return reply(success(kind, object))
}

const success = (kind: Kind, object: KubeObject): Record<string, unknown> => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: {
    name: object.metadata.name,
    ...(kind.resource.group === '' ? {} : { group: kind.resource.group }),
    kind: kind.resource.plural,
    uid: object.metadata.uid,
  },
})

export function readDeleteOptions(request: ResourceRequest): DeleteOptions {
  const body = fieldsOf(request.body)
  const { query } = request.info
  const preconditions = fieldsOf(body['preconditions'])
  const seconds = body['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined
  const policy = textOf(body['propagationPolicy']) ?? query.get('propagationPolicy') ?? 'Background'
  if (policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan') {
    throw refusals.badRequest(`propagationPolicy: Unsupported value: ${JSON.stringify(policy)}`)
  }
  const gracePeriodSeconds = seconds === undefined ? undefined : Number(seconds)
  if (gracePeriodSeconds !== undefined && !(gracePeriodSeconds >= 0)) {
    throw refusals.badRequest(
      'gracePeriodSeconds: Invalid value: must be greater than or equal to 0',
    )
  }
  return {
    gracePeriodSeconds,
    propagationPolicy: policy,
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
    dryRun: isDryRun(request),
  }
}

/**
 * Removes an object, or marks it as being deleted when something holds it: a finalizer, or a pod that still runs.
 * The kubelet ends a pod's deletion with `gracePeriodSeconds: 0`.
 */
export function removeOne(
  context: ApiContext,
  kind: Kind,
  old: Stored,
  options: DeleteOptions,
): { object: KubeObject; gone: boolean } {
  checkPreconditions(kind, old, options)
  const { store } = context
  const { resource } = kind
  const { namespace, name = '' } = old.object.metadata
  const marked = markDeleted(old.object, options, context.clock.now())
  if (options.dryRun) return { object: marked ?? old.object, gone: true }
  if (options.propagationPolicy === 'Orphan') orphanDependents(context, old.object)
  if (marked === undefined) return { object: old.object, gone: false }
  if (isReleased(marked)) {
    // What never had to wait leaves as it was.
    const last = old.object.metadata.deletionTimestamp
      ? marked
      : withoutMark(marked, resource.plural)
    return { object: store.remove(resource, namespace, name, last).object, gone: true }
  }
  return { object: store.replace(resource, marked).object, gone: false }
}

function checkPreconditions(kind: Kind, old: Stored, options: DeleteOptions): void {
  const { uid = '', name = '' } = old.object.metadata
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`
    throw refusals.conflict(kind.resource, name, why)
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== String(old.revision)) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${old.revision}`
    throw refusals.conflict(kind.resource, name, why)
  }
}

/** The object with its deletion written down; undefined when it is being deleted already and nothing gets shorter. */
function markDeleted(
  object: KubeObject,
  options: DeleteOptions,
  now: number,
): KubeObject | undefined {
  const grace = object.kind === 'Pod' ? podGrace(object, options) : 0
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata
  if (deletionTimestamp !== undefined) {
    const shorter = grace < deletionGracePeriodSeconds
    const ready = grace === 0 && finalizers.length === 0 && object.kind !== 'Namespace'
    if (!shorter && !ready) return undefined
  }
  const marked = structuredClone(object)
  const { metadata } = marked
  metadata.deletionTimestamp = rfc3339(now + grace * 1000)
  metadata.deletionGracePeriodSeconds = grace
  if (metadata.generation !== undefined && deletionTimestamp === undefined) metadata.generation += 1
  if (options.propagationPolicy === 'Foreground' && !finalizers.includes('foregroundDeletion')) {
    metadata.finalizers = [...finalizers, 'foregroundDeletion']
  }
  if (object.kind === 'Namespace') {
    delete metadata.deletionGracePeriodSeconds
    marked['status'] = { ...fieldsOf(marked['status']), phase: 'Terminating' }
  }
  return marked
}

/** Seconds a pod may take to end: none when no node runs it or when it has ended. */
function podGrace(pod: KubeObject, options: DeleteOptions): number {
  const spec = fieldsOf(pod['spec'])
  const phase = fieldsOf(pod['status'])['phase']
  if (!textOf(spec['nodeName']) || phase === 'Succeeded' || phase === 'Failed') return 0
  const wish = options.gracePeriodSeconds ?? spec['terminationGracePeriodSeconds']
  return typeof wish === 'number' && wish >= 0 ? wish : 30
}

function withoutMark(object: KubeObject, plural: string): KubeObject {
  if (plural === 'pods') return object
  const metadata = without(object.metadata, 'deletionTimestamp', 'deletionGracePeriodSeconds')
  return { ...object, metadata }
}
