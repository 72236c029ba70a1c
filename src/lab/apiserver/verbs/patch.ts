import type { KubeStatusError } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { schemaOf, validateFields } from '../field-validation.ts'
import { goText } from '../go-text.ts'
import { objectOf } from '../metadata.ts'
import { PATCH_TYPES, patched, type PatchKind } from '../patches.ts'
import { refusals } from '../refusals.ts'
import { isTracked } from '../track-fields.ts'
import { apply } from './apply.ts'
import { write } from './write.ts'

/**
 * PATCH with a JSON patch (RFC 6902), a merge patch (RFC 7386), a strategic merge patch or a configuration to apply.
 * Other kinds are refused with 415, and so is a strategic merge patch of a kind without a schema.
 */
export function patch(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  const how = patchKindOf(request)
  if (how === 'apply') return apply(context, request)
  if (info.query.get('force') !== null) {
    throw refusals.invalidOptions('PatchOptions', {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not be specified for non-apply patch',
      field: 'force',
    })
  }
  const old = context.store.get(kind.resource, namespace, info.name)
  if (old === undefined) throw refusals.notFound(kind.resource, info.name)
  const outcome = patched(how, old.object, request.body, schemaOf(kind) ?? '')
  const refuse = (why: string): KubeStatusError =>
    refusals.invalidPatch(how === 'strategic' ? goText(request.body) : JSON.stringify(outcome), why)
  const next = objectOf(kind, outcome, namespace)
  validateFields(request, next, refuse, how === 'strategic' ? 'converted' : 'decoded')
  const given = next.metadata.name ?? ''
  if (given !== info.name) throw refusals.otherName(given, info.name)
  // The version was copied from the object itself: only one that the patch set is a precondition.
  return write(context, request, old, next)
}

function patchKindOf({ contentType, kind }: ResourceRequest): PatchKind {
  // Go's router refuses first what no path takes.
  if (!(contentType in PATCH_TYPES) && kind.custom === undefined) {
    throw refusals.notRouted(415, 'UnsupportedMediaType', 'Unsupported Media Type')
  }
  const isScale = kind.resource.kind === 'Scale'
  const taken = Object.entries(PATCH_TYPES).filter(
    ([, how]) =>
      (how !== 'strategic' || isScale || schemaOf(kind) !== undefined) &&
      (how !== 'apply' || isTracked(kind)),
  )
  const found = taken.find(([type]) => type === contentType)
  if (found === undefined) throw refusals.unsupportedMediaType(taken.map(([type]) => type))
  return found[1]
}
