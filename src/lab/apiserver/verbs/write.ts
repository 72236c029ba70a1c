import type { KubeObject } from '../../../kube/index.ts'
import { confirmNoEscalation } from '../admission/escalation.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { reply } from '../context.ts'
import { isDryRun } from '../dry-run.ts'
import { fieldsOf, sameJson } from '../fields.ts'
import type { Kind } from '../kinds/index.ts'
import { bumpGeneration, dropEmpty, keepIdentity } from '../metadata.ts'
import { metadataFaults } from '../metadata-faults.ts'
import { refusals } from '../refusals.ts'
import type { Stored } from '../store.ts'
import { trackFields } from '../track-fields.ts'

/**
 * Writes `next` over `old`: what PUT and PATCH have in common. The main path keeps the status, /status keeps all but
 * the status (labels and annotations may come along), /finalize writes `spec.finalizers` alone, and a kind's other parts
 * have rules of their own. `track` writes down who owns what; an apply knows that already.
 */
export function write(
  context: ApiContext,
  request: ResourceRequest,
  old: Stored,
  next: KubeObject,
  track: typeof trackFields = trackFields,
): Reply {
  const { kind, info } = request
  const { resource } = kind
  const before = old.object
  const name = before.metadata.name ?? ''
  const part = kind.parts?.[info.subresource]
  const ofSpec = info.subresource === '' || part !== undefined
  checkPreconditions(request, old, next)
  keepRest(request, next, before)
  if (ofSpec) kind.setDefaults(next)
  track(context, request, before, next)
  if (info.subresource === '') {
    kind.prepareUpdate(next, before)
    confirmNoEscalation(context, request, next, before)
  }
  if (ofSpec) {
    const faults = part
      ? part.validate(next, before)
      : [...metadataFaults(next, before), ...kind.validate(next, before)]
    if (faults.length > 0) throw refusals.invalid(resource, name, faults)
    bumpGeneration(kind, next, before)
  }
  dropEmpty(next)
  next.metadata.resourceVersion = before.metadata.resourceVersion ?? ''
  if (sameJson(next, before)) return { code: 200, object: old }
  if (isDryRun(request)) return reply(next)
  const { store } = context
  if (isReleased(next)) {
    return { code: 200, object: store.remove(resource, before.metadata.namespace, name, next) }
  }
  return { code: 200, object: store.replace(resource, next) }
}

/** Puts back what is not written through this path. */
function keepRest({ kind, info }: ResourceRequest, next: KubeObject, old: KubeObject): void {
  const part = kind.parts?.[info.subresource]
  if (info.subresource === 'status') keepAllButStatus(next, old)
  else if (info.subresource === 'finalize') keepAllButFinalizers(next, old)
  else if (part) part.keepRest(next, old)
  else if (kind.hasStatus) keepStatus(next, old)
  keepIdentity(next, old)
}

function checkPreconditions(request: ResourceRequest, old: Stored, next: KubeObject): void {
  const { resource } = request.kind
  const { uid, name = '' } = old.object.metadata
  const { resourceVersion: wanted, uid: wantedUid } = next.metadata
  if (wantedUid && wantedUid !== uid) {
    const why = `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid ?? ''}`
    const key = storageKey(request.kind, old.object)
    throw refusals.conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
    )
  }
  if (wanted && !/^\d+$/.test(wanted)) {
    throw refusals.plain(`strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`)
  }
  if (Number(wanted ?? 0) > 0 && wanted !== String(old.revision))
    throw refusals.conflict(resource, name)
}

/** Kinds whose place in etcd is not their plural. */
const STORED_UNDER: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  ingresses: 'ingress',
}

/** Where a kube-apiserver keeps an object. */
function storageKey({ resource, custom }: Kind, { metadata }: KubeObject): string {
  const { group, plural } = resource
  const folder = custom ? `${group}/${plural}` : (STORED_UNDER[plural] ?? plural)
  return ['/registry', folder, metadata.namespace, metadata.name]
    .filter((part) => part !== undefined)
    .join('/')
}

function keepStatus(next: KubeObject, old: KubeObject): void {
  if (old['status'] === undefined) delete next['status']
  else next['status'] = old['status']
}

function keepAllButStatus(next: KubeObject, old: KubeObject): void {
  const { labels, annotations, uid, resourceVersion } = next.metadata
  const status = next['status']
  for (const key of Object.keys(next)) Reflect.deleteProperty(next, key)
  Object.assign(next, structuredClone(old), status === undefined ? {} : { status })
  Object.assign(next.metadata, {
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
  })
}

function keepAllButFinalizers(next: KubeObject, old: KubeObject): void {
  const finalizers = fieldsOf(next['spec'])['finalizers']
  for (const key of Object.keys(next)) Reflect.deleteProperty(next, key)
  const spec = { ...fieldsOf(old['spec']), finalizers }
  if (!Array.isArray(finalizers) || finalizers.length === 0) delete spec.finalizers
  Object.assign(next, structuredClone(old), { spec })
}

/** Whether nothing holds back an object that is being deleted. */
export function isReleased(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata
  if (deletionTimestamp === undefined || finalizers.length > 0) return false
  if (object.kind === 'Namespace') {
    const held = fieldsOf(object['spec'])['finalizers']
    return !Array.isArray(held) || held.length === 0
  }
  return deletionGracePeriodSeconds === 0
}
