import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { undecodable, validateFields } from '../field-validation.ts'
import { objectOf } from '../metadata.ts'
import { refusals } from '../refusals.ts'
import { write } from './write.ts'

/** PUT of an object or of its status. Without a resourceVersion it is unconditional. */
export function update(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const namespace = kind.resource.namespaced ? info.namespace : undefined
  const next = objectOf(kind, request.body, namespace)
  validateFields(request, next, undecodable(kind))
  const given = next.metadata.name ?? ''
  if (given !== info.name) {
    throw refusals.otherName(given, info.name)
  }
  const old = context.store.get(kind.resource, namespace, info.name)
  if (old === undefined) throw refusals.notFound(kind.resource, info.name)
  if (namespace !== undefined) next.metadata.namespace = namespace
  return write(context, request, old, next)
}
