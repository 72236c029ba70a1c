import { rfc3339 } from '../../core/index.ts'
import {
  KubeStatusError,
  NAMESPACES,
  PODS,
  failure,
  isNotFound,
  pathOf,
  type KubeObject,
  type Resource,
} from '../../kube/index.ts'
import { discover } from './common/discover.ts'
import { conditionsOf, type NamespaceCondition, type Remaining } from './namespace-conditions.ts'
import type { Controller, ControllerContext } from './controller.ts'

/** What goes before the rest: controllers' objects before what they make. */
const EARLY = ['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'cronjobs', 'jobs']
/** What others may still need while they end. */
const LATE = ['rolebindings', 'roles', 'serviceaccounts', 'events']

/** Empties a namespace that is being deleted, of every kind that is served; waits for its pods, then lets it go. */
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
  const held: string[] = []
  const remaining: Remaining[] = []
  for (const of of await contentKinds(context)) {
    const objects = await empty(context, of, name)
    if (objects.length === 0) continue
    remaining.push({ of, objects })
    if (of.group === '' && of.plural === PODS.plural) podsLeft = objects.length
    else held.push(`${objects.length} ${of.plural}`)
  }
  if (remaining.length > 0) await tell(context, namespace, conditionsOf(remaining))
  if (held.length > 0) throw new Error(`held by finalizers: ${held.join(', ')}`)
  if (podsLeft > 0) return // the last one's end brings us back
  const path = pathOf(NAMESPACES, { name, subresource: 'finalize' })
  // Without a version: whoever changed it meanwhile, it has to go.
  const metadata = { name, uid: namespace.metadata.uid ?? '' }
  const body: KubeObject = { kind: 'Namespace', apiVersion: 'v1', metadata, spec: {} }
  const answer = await client.raw('PUT', path, { body, signal: context.signal })
  if (answer.status >= 400 && answer.status !== 404) throw refusal(answer.status, 'finalize')
}

/** Kinds that can be in a namespace, in the order in which they go. */
async function contentKinds({ client, signal }: ControllerContext): Promise<Resource[]> {
  const all = await discover(client, signal)
  const place = (of: Resource): number =>
    EARLY.includes(of.plural) ? 0 : LATE.includes(of.plural) ? 2 : 1
  return all
    .filter((of) => of.namespaced && of.verbs.includes('list') && of.verbs.includes('delete'))
    .sort((a, b) => place(a) - place(b))
}

/** Writes down what the deletion waits for, when that is news. */
async function tell(
  { client, clock, signal }: ControllerContext,
  { metadata, ...namespace }: KubeObject,
  conditions: readonly NamespaceCondition[],
): Promise<void> {
  const { conditions: known = [] } = (namespace['status'] ?? {}) as {
    readonly conditions?: readonly (NamespaceCondition & { readonly lastTransitionTime: string })[]
  }
  const now = rfc3339(clock.now())
  const next = conditions.map((condition) => {
    const before = known.find(({ type }) => type === condition.type)
    const time = before?.status === condition.status ? before.lastTransitionTime : now
    return { ...condition, lastTransitionTime: time }
  })
  const isSame = next.every(({ type, message }) =>
    known.some((before) => before.type === type && before.message === message),
  )
  if (isSame) return
  const path = pathOf(NAMESPACES, { name: metadata.name ?? '', subresource: 'status' })
  const headers = { 'content-type': 'application/merge-patch+json' }
  const body = JSON.stringify({ status: { conditions: next } })
  const answer = await client.raw('PATCH', path, { body, headers, signal })
  if (answer.status >= 400 && answer.status !== 404) throw refusal(answer.status, 'status')
}

/** Deletes all objects of a kind; gives those that take longer. */
async function empty(
  { client, signal }: ControllerContext,
  of: Resource,
  namespace: string,
): Promise<readonly KubeObject[]> {
  try {
    const before = await client.list(of, { namespace, signal })
    if (before.items.length === 0) return []
    const answer = await client.raw('DELETE', pathOf(of, { namespace }), { signal })
    if (answer.status >= 400) throw refusal(answer.status, `delete ${of.plural}`)
    return (await client.list(of, { namespace, signal })).items
  } catch (error) {
    if (isNotFound(error)) return [] // the kind itself went
    throw error
  }
}

const refusal = (code: number, what: string): KubeStatusError =>
  new KubeStatusError(failure(code, 'Unknown', `HTTP ${code}`), what)
