import { rfc3339 } from '../../../core/index.ts'
import { apiVersionOf, type KubeObject, type KubeStatusError } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { schemaOf, undecodable, validateFields } from '../field-validation.ts'
import { fieldsOf, isFields, sameJson, textOf, type Fields } from '../fields.ts'
import {
  ItemKeyError,
  applyConfiguration,
  applyConflict,
  beforeFirstApply,
  formatPath,
  managersOf,
  setManagers,
  undeclaredFields,
  unmanaged,
  type ApplyOutcome,
  type Manager,
} from '../managed-fields/index.ts'
import { objectOf } from '../metadata.ts'
import { refusals } from '../refusals.ts'
import { isTrue } from '../request-info.ts'
import { checkFields } from '../schema/index.ts'
import type { Stored } from '../store.ts'
import { typedOf, writerOf } from '../track-fields.ts'
import { createObject } from './create.ts'
import { write } from './write.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** PATCH with `application/apply-patch+yaml`: server-side apply, which also creates. */
export function apply(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  const applied = readConfiguration(request)
  const old = context.store.get(kind.resource, namespace, info.name)
  if (old === undefined && info.subresource !== '') {
    throw refusals.notFound(kind.resource, info.name)
  }
  checkTypes(request, applied)
  const outcome = settleFields(context, request, old, applied)
  if (outcome.conflicts.length > 0 && !isTrue(info.query.get('force'))) {
    throw applyConflict(outcome.conflicts)
  }
  const object = objectOf(kind, outcome.object, namespace)
  validateFields(request, object, undecodable(kind))
  const keep = (_: unknown, __: unknown, ___: unknown, after: KubeObject): void => {
    setManagers(after, outcome.managers)
  }
  if (old === undefined) return createObject(context, request, object, keep)
  updateLastApplied(request, old.object, object, applied)
  return write(context, request, old, object, keep)
}

function readConfiguration(request: ResourceRequest): Fields {
  const { info, kind, body } = request
  if ((info.query.get('fieldManager') ?? '') === '') {
    throw refusals.invalidOptions('PatchOptions', {
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
      field: 'fieldManager',
    })
  }
  if (!isFields(body)) throw refusals.badRequest('error decoding YAML: it is no object')
  const expected = apiVersionOf(kind.resource)
  const given = typeof body['apiVersion'] === 'string' ? body['apiVersion'] : ''
  if (given !== expected) {
    throw refusals.badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${given}, expected: ${expected}`,
    )
  }
  const metadata = fieldsOf(body['metadata'])
  if (metadata['managedFields'] !== undefined) {
    throw refusals.badRequest('metadata.managedFields must be nil')
  }
  const name = textOf(metadata['name']) ?? info.name
  if (name !== info.name) throw refusals.otherName(name, info.name)
  const namespaced = kind.resource.namespaced ? { namespace: info.namespace } : {}
  return { ...body, metadata: { ...metadata, name, ...namespaced } }
}

/** What the schema does not know cannot be applied, whatever `fieldValidation` says. */
function checkTypes(request: ResourceRequest, applied: Fields): void {
  const { custom } = request.kind
  if (custom !== undefined) {
    const unknown = undeclaredFields(applied, custom.schema)
    if (unknown.length > 0) throw notTyped(request, unknown.map(undeclared))
  }
  const type = schemaOf(request.kind)
  if (type === undefined) return
  const { unknown, fault } = checkFields(applied, type)
  const faults = [
    ...unknown.map(({ applied: path }) => undeclared(path)),
    ...(fault === undefined ? [] : [`${fault.applied}: ${fault.typed}`]),
  ]
  if (faults.length > 0) throw notTyped(request, faults)
}

const undeclared = (path: string): string => `${path}: field not declared in schema`

function notTyped({ kind, info }: ResourceRequest, faults: readonly string[]): KubeStatusError {
  const { resource } = kind
  const where = `${info.namespace ?? ''}/${info.name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`
  const said = faults.length === 1 ? faults.join('') : `errors:\n  ${faults.join('\n  ')}`
  return refusals.plain(`failed to create typed patch object (${where}): ${said}`)
}

function settleFields(
  { clock }: ApiContext,
  request: ResourceRequest,
  old: Stored | undefined,
  applied: Fields,
): ApplyOutcome {
  const of = typedOf(request.kind)
  const time = rfc3339(clock.now())
  const live: Fields = old === undefined ? { metadata: {} } : unmanaged(old.object)
  const managers = old === undefined ? [] : knownManagers(request, old, live, time)
  const applier = writerOf(request, 'Apply')
  try {
    return applyConfiguration({ live, applied, of, managers, applier, time })
  } catch (error) {
    if (error instanceof ItemKeyError)
      throw notTyped(request, [`${formatPath(error.path)}: ${error.message}`])
    throw error
  }
}

function knownManagers(
  { kind }: ResourceRequest,
  old: Stored,
  live: Fields,
  time: string,
): readonly Manager[] {
  const known = managersOf(old.object)
  if (known.length > 0) return known
  return beforeFirstApply(live, kind.resource, typedOf(kind), apiVersionOf(kind.resource), time)
}

/** Who goes back to client-side apply finds its annotation up to date (fieldmanager's lastAppliedUpdater). */
function updateLastApplied(
  request: ResourceRequest,
  before: KubeObject,
  after: KubeObject,
  applied: Fields,
): void {
  if (request.info.query.get('fieldManager') !== 'kubectl') return
  if (before.metadata.annotations?.[LAST_APPLIED] === undefined) return
  if (sameJson(unmanaged(before), unmanaged(after))) return
  const text = `${JSON.stringify(applied)}\n`
  after.metadata.annotations = { ...after.metadata.annotations, [LAST_APPLIED]: text }
}
