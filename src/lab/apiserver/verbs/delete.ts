import { rfc3339 } from '../../../core/index.ts'
import { NAMESPACES, type KubeObject } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { reply } from '../context.ts'
import { orphanDependents } from '../dependents.ts'
import { isDryRun } from '../dry-run.ts'
import { fieldsOf, textOf, without, type Fields } from '../fields.ts'
import { invalid } from '../kinds/faults.ts'
import type { Kind } from '../kinds/index.ts'
import { refusals } from '../refusals.ts'
import type { Stored } from '../store.ts'
import { isReleased } from './write.ts'

/** DeleteOptions, from the body or the query. */
export interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined
  readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan' | undefined
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly dryRun: boolean
}

/** Namespaces that stay (plugin/pkg/admission/namespace/lifecycle). */
const IMMORTAL = ['default', 'kube-system', 'kube-public']

/** DELETE of one object. */
export function remove(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  if (kind.resource === NAMESPACES && IMMORTAL.includes(info.name)) {
    throw refusals.forbidden(kind.resource, info.name, 'this namespace may not be deleted')
  }
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

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const

export function readDeleteOptions(request: ResourceRequest): DeleteOptions {
  const body = fieldsOf(request.body)
  const { query } = request.info
  const preconditions = fieldsOf(body['preconditions'])
  const seconds = body['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds') ?? undefined
  const grace = seconds === undefined ? undefined : Number(seconds)
  if (Number.isNaN(grace)) throw refusals.badRequest('gracePeriodSeconds is no number')
  return {
    // Below zero is the shortest time that is not none.
    gracePeriodSeconds: grace !== undefined && grace < 0 ? 1 : grace,
    propagationPolicy: readPolicy(body, query),
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
    dryRun: isDryRun(request),
  }
}

/** What becomes of the dependents; undefined when the client leaves that to the object's finalizers. */
function readPolicy(body: Fields, query: URLSearchParams): DeleteOptions['propagationPolicy'] {
  const policy = textOf(body['propagationPolicy']) ?? query.get('propagationPolicy') ?? undefined
  const orphan = body['orphanDependents'] ?? query.get('orphanDependents') ?? undefined
  if (policy === undefined) {
    return orphan === undefined
      ? undefined
      : orphan === true || orphan === 'true'
        ? 'Orphan'
        : 'Background'
  }
  const known = POLICIES.find((one) => one === policy)
  if (known === undefined) {
    const supported = [...POLICIES, 'nil'].map((one) => JSON.stringify(one)).join(', ')
    throw refusals.invalidOptions('DeleteOptions', {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`,
      field: 'propagationPolicy',
    })
  }
  if (orphan !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set'
    throw refusals.invalidOptions('DeleteOptions', invalid('propagationPolicy', policy, why))
  }
  return known
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
  if (orphans(old.object, options)) orphanDependents(context, old.object)
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

function checkPreconditions({ resource }: Kind, old: Stored, options: DeleteOptions): void {
  const { uid = '', name = '' } = old.object.metadata
  const version = String(old.revision)
  if (options.uid !== undefined && options.uid !== uid) {
    throw refusals.precondition(resource, name, 'UID', options.uid, uid)
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== version) {
    throw refusals.precondition(resource, name, 'ResourceVersion', options.resourceVersion, version)
  }
}

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

/** Whether the dependents stay. What the client says counts, then the object's finalizer. */
const orphans = ({ metadata }: KubeObject, { propagationPolicy }: DeleteOptions): boolean =>
  propagationPolicy === undefined
    ? (metadata.finalizers ?? []).includes(ORPHAN)
    : propagationPolicy === 'Orphan'

/** The finalizers while an object is being deleted. Dependents are orphaned at once, so nothing waits for that. */
function finalizersFor(finalizers: readonly string[], options: DeleteOptions): string[] {
  const policy = options.propagationPolicy
  const others = finalizers.filter(
    (name) => name !== ORPHAN && (policy === undefined || name !== FOREGROUND),
  )
  return policy === 'Foreground' ? [...others, FOREGROUND] : others
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
  const rest = finalizersFor(finalizers, options)
  if (rest.length > 0) metadata.finalizers = rest
  else delete metadata.finalizers
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
