import { apiVersionOf } from '../../../kube/index.ts'
import type { ApiContext, Reply, ResourceRequest } from '../context.ts'
import { reply } from '../context.ts'
import { refusals } from '../refusals.ts'
import { selectionOf } from '../selection.ts'
import { readDeleteOptions, removeOne } from './delete.ts'

/** DELETE of a collection, or of the part that the selectors name. */
export function removeCollection(context: ApiContext, request: ResourceRequest): Reply {
  const { kind, info } = request
  const { resource } = kind
  // The one kind whose collection nobody may delete.
  if (resource.plural === 'namespaces') throw refusals.methodNotAllowed()
  const matches = selectionOf(kind, info.query)
  const options = readDeleteOptions(request)
  const namespace = resource.namespaced ? info.namespace : undefined
  const doomed = context.store.list(resource, namespace).filter(({ object }) => matches(object))
  const items = doomed.map((old) => removeOne(context, kind, old, options).object)
  return reply({
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(context.store.revision()) },
    items,
  })
}
