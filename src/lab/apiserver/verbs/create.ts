import type { KubeObject } from '../../../kube/index.ts'
import { confirmNoEscalation } from '../admission/escalation.ts'
import { admitNamespace } from '../admission/namespace.ts'
import { admitServiceAccount } from '../admission/service-account.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { reply } from '../context.ts'
import { isDryRun } from '../dry-run.ts'
import { undecodable, validateFields } from '../field-validation.ts'
import { dropEmpty, initMetadata, objectOf } from '../metadata.ts'
import { metadataFaults } from '../metadata-faults.ts'
import { nameFault } from '../names.ts'
import { refusals } from '../refusals.ts'
import { trackFields } from '../track-fields.ts'

/** POST of a collection. */
export function create(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const { resource } = kind
  const namespace = resource.namespaced ? info.namespace : undefined
  if (resource.namespaced && namespace === undefined) throw refusals.methodNotAllowed()
  const object = objectOf(kind, request.body, namespace)
  validateFields(request, object, undecodable(kind))
  if (object.metadata.resourceVersion) {
    throw refusals.plain('resourceVersion should not be set on objects to be created')
  }
  return createObject(context, request, object, trackFields)
}

/** Identity, defaults, admission, validation, then the write. `track` writes down who owns what. */
export function createObject(
  context: ApiContext,
  request: ResourceRequest,
  object: KubeObject,
  track: typeof trackFields,
): Reply {
  const { kind, info } = request
  const { resource } = kind
  const namespace = resource.namespaced ? info.namespace : undefined
  initMetadata(kind, object, namespace, context.clock)
  const name = object.metadata.name ?? ''
  admitNamespace(context.store, resource, namespace, name)
  kind.setDefaults(object)
  // What is invalid may be too wrong to tell its owners; then the faults are said, not that.
  const untracked = attempt(() => track(context, request, undefined, object))
  kind.prepareCreate(object)
  confirmNoEscalation(context, request, object)
  if (resource.plural === 'pods') admitServiceAccount(context.store, object)
  const named = nameFault(kind.nameRule, name)
  const faults = [...(named ? [named] : []), ...metadataFaults(object), ...kind.validate(object)]
  if (faults.length > 0) throw refusals.invalid(resource, name, faults)
  if (untracked) throw untracked.error
  dropEmpty(object)
  if (isDryRun(request)) {
    if (context.store.get(resource, namespace, name)) throw refusals.alreadyExists(resource, name)
    return reply(object, 201)
  }
  return { code: 201, object: context.store.insert(resource, object) }
}

function attempt(run: () => void): { readonly error: unknown } | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return { error }
  }
}
