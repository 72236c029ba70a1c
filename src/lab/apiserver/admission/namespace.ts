import { NAMESPACES } from '../../../kube/index.ts'
import type { Resource } from '../../../kube/index.ts'
import { fieldsOf } from '../fields.ts'
import { refusals } from '../refusals.ts'
import type { Store } from '../store.ts'

/** Nothing is created in a namespace that does not exist or is on its way out (NamespaceLifecycle). */
export function admitNamespace(
  store: Store,
  of: Resource,
  namespace: string | undefined,
  name: string,
): void {
  if (namespace === undefined) return
  const found = store.get(NAMESPACES, undefined, namespace)
  if (found === undefined) throw refusals.notFound(NAMESPACES, namespace)
  const { object } = found
  const going = fieldsOf(object['status'])['phase'] === 'Terminating'
  if (!going && object.metadata.deletionTimestamp === undefined) return
  throw refusals.forbidden(
    of,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  )
}
