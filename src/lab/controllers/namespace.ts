import {
  CONFIGMAPS,
  DAEMONSETS,
  EVENTS,
  KubeStatusError,
  NAMESPACES,
  PODS,
  ROLEBINDINGS,
  ROLES,
  SECRETS,
  SERVICEACCOUNTS,
  SERVICES,
  failure,
  pathOf,
  type KubeObject,
  type Resource,
} from '../../kube/index.ts'
import type { Controller, ControllerContext } from './controller.ts'

/** What can be in a namespace. Controllers' objects go before what they make. */
const CONTENT: readonly Resource[] = [
  DAEMONSETS,
  PODS,
  SERVICES,
  SECRETS,
  CONFIGMAPS,
  ROLEBINDINGS,
  ROLES,
  SERVICEACCOUNTS,
  EVENTS,
]

/** Empties a namespace that is being deleted, waits for its pods, then lets it go. */
export const namespaceController: Controller = (context) => {
  const { informers } = context
  const queue = context.queue('namespace', (name) => sync(context, name))
  informers.of(NAMESPACES).onChange(({ type, object }) => {
    if (type !== 'deleted' && object.metadata.deletionTimestamp) {
      queue.add(object.metadata.name ?? '')
    }
  })
  informers.of(PODS).onChange(({ type, object }) => {
    const { namespace = '' } = object.metadata
    const owner = informers.of(NAMESPACES).get({ name: namespace })
    if (type === 'deleted' && owner?.metadata.deletionTimestamp) queue.add(namespace)
  })
}

async function sync(context: ControllerContext, name: string): Promise<void> {
  const { client, informers } = context
  const namespace = informers.of(NAMESPACES).get({ name })
  if (namespace?.metadata.deletionTimestamp === undefined) return
  let podsLeft = 0
  for (const of of CONTENT) {
    const left = await empty(context, of, name)
    if (of === PODS) podsLeft = left
    else if (left > 0) throw new Error(`${left} ${of.plural} are held by finalizers`)
  }
  if (podsLeft > 0) return // the last one's end brings us back
  const path = pathOf(NAMESPACES, { name, subresource: 'finalize' })
  // Without a version: whoever changed it meanwhile, it has to go.
  const metadata = { name, uid: namespace.metadata.uid ?? '' }
  const body: KubeObject = { kind: 'Namespace', apiVersion: 'v1', metadata, spec: {} }
  const answer = await client.raw('PUT', path, { body, signal: context.signal })
  if (answer.status >= 400 && answer.status !== 404) throw refusal(answer.status, 'finalize')
}

/** Deletes all objects of a kind; gives the number of those that take longer. */
async function empty(
  { client, signal }: ControllerContext,
  of: Resource,
  namespace: string,
): Promise<number> {
  const before = await client.list(of, { namespace, signal })
  if (before.items.length === 0) return 0
  const answer = await client.raw('DELETE', pathOf(of, { namespace }), { signal })
  if (answer.status >= 400) throw refusal(answer.status, `delete ${of.plural}`)
  return (await client.list(of, { namespace, signal })).items.length
}

const refusal = (code: number, what: string): KubeStatusError =>
  new KubeStatusError(failure(code, 'Unknown', `HTTP ${code}`), what)
