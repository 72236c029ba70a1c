import { describeError } from '../../../core/index.ts'
import {
  CONFIGMAPS,
  CUSTOMRESOURCEDEFINITIONS,
  DAEMONSETS,
  DEPLOYMENTS,
  JOBS,
  NAMESPACES,
  NODES,
  PODS,
  REPLICASETS,
  SECRETS,
  SERVICEACCOUNTS,
  SERVICES,
  STATEFULSETS,
  apiVersionOf,
  isNotFound,
  type KubeObject,
  type OwnerReference,
  type Resource,
} from '../../../kube/index.ts'
import { discover } from '../common/discover.ts'
import type { Controller, ControllerContext } from '../controller.ts'
import {
  FOREGROUND,
  classifyOwners,
  createOwnerGraph,
  waitsForDependents,
  type Item,
  type OwnerGraph,
} from './graph.ts'

/** Watched from the start; the other kinds that are served follow once the cluster runs. */
const FIRST: readonly Resource[] = [
  PODS,
  REPLICASETS,
  DEPLOYMENTS,
  DAEMONSETS,
  STATEFULSETS,
  JOBS,
  SECRETS,
  CONFIGMAPS,
  SERVICEACCOUNTS,
  SERVICES,
  NODES,
  NAMESPACES,
]

interface Collector {
  readonly context: ControllerContext
  readonly graph: OwnerGraph
  /** By group and kind: those that are followed. */
  readonly kinds: Map<string, Resource>
}

const kindKey = (apiVersion: string, kind: string): string =>
  `${apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''}/${kind}`

/**
 * Deletes what belonged to objects that are gone; for foreground deletion, what belongs to those that wait for it.
 * Follows all namespaced kinds that the API server serves, custom ones too, and nodes and namespaces.
 */
export const garbageCollector: Controller = (context) => {
  const collector: Collector = { context, graph: createOwnerGraph(), kinds: new Map() }
  const queue = context.queue('garbage-collector', (uid) => collect(collector, uid))
  for (const of of FIRST) followKind(collector, of, (uid) => queue.add(uid))
  const more = context.queue('garbage-kinds', async () => {
    for (const of of await discover(context.client, context.signal)) {
      const isOne = ['delete', 'list', 'watch'].every((verb) => of.verbs.includes(verb))
      const isCustom = of.group.includes('.') && !of.group.endsWith('.k8s.io')
      const isNews = of.plural === 'events'
      if (isOne && !isNews && (of.namespaced || isCustom)) {
        followKind(collector, of, (uid) => queue.add(uid))
      }
    }
  })
  more.addAfter('all', DISCOVER_AFTER_MS)
  context.informers.of(CUSTOMRESOURCEDEFINITIONS).onChange(({ type }) => {
    if (type !== 'deleted') more.addAfter('all', DISCOVER_AFTER_MS)
  })
}

/** The rarer kinds may wait until a starting cluster has done what is urgent. */
const DISCOVER_AFTER_MS = 1500

function followKind(
  { context, graph, kinds }: Collector,
  of: Resource,
  touch: (uid: string) => void,
): void {
  const key = kindKey(apiVersionOf(of), of.kind)
  if (kinds.has(key)) return
  kinds.set(key, of)
  context.informers.of(of).onChange(({ type, object }) => {
    const { uid = '', ownerReferences = [] } = object.metadata
    if (type !== 'deleted') {
      graph.put(of, object)
      if (ownerReferences.length > 0 || waitsForDependents(object)) touch(uid)
      return
    }
    for (const dependent of graph.dependentsOf(uid)) touch(dependent.object.metadata.uid ?? '')
    graph.remove(object)
    // An owner that waits for its dependents looks again.
    for (const owner of ownerReferences) touch(owner.uid)
  })
}

async function collect(collector: Collector, uid: string): Promise<void> {
  const item = collector.graph.get(uid)
  if (item === undefined) return
  if (waitsForDependents(item.object)) {
    await finishForeground(collector, item)
    return
  }
  const { ownerReferences = [], deletionTimestamp } = item.object.metadata
  if (ownerReferences.length === 0 || deletionTimestamp) return
  const owners = await classifyOwners(item.object, (owner) => findOwner(collector, owner, item))
  if (owners.solid.length > 0) {
    const left = [...owners.gone, ...owners.waiting]
    if (left.length > 0) await dropReferences(collector, item, owners.solid)
    return
  }
  const hasDependents = collector.graph.dependentsOf(uid).length > 0
  await drop(collector, item, owners.waiting.length > 0 && hasDependents)
}

/** An owner that our copy knows; that it is gone, only the API server can say. A kind that is not served may be anywhere. */
async function findOwner(
  { context, graph, kinds }: Collector,
  owner: OwnerReference,
  { object }: Item,
): Promise<KubeObject | 'unknown' | undefined> {
  const known = graph.get(owner.uid)
  if (known !== undefined) return known.object
  const of = kinds.get(kindKey(owner.apiVersion, owner.kind))
  if (of === undefined) return 'unknown'
  const namespace = of.namespaced ? object.metadata.namespace : undefined
  try {
    const found = await context.client.get(of, { namespace, name: owner.name })
    return found.metadata.uid === owner.uid ? found : undefined
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function drop(
  { context }: Collector,
  { of, object }: Item,
  foreground: boolean,
): Promise<void> {
  const { namespace, name = '', uid = '' } = object.metadata
  const propagationPolicy = foreground ? 'Foreground' : 'Background'
  await ignoreGone(context.client.delete(of, { namespace, name }, { propagationPolicy, uid }))
}

async function dropReferences(
  { context }: Collector,
  { of, object }: Item,
  ownerReferences: readonly OwnerReference[],
): Promise<void> {
  const { namespace, name = '', uid, resourceVersion } = object.metadata
  const patch = { metadata: { uid, resourceVersion, ownerReferences } }
  await ignoreGone(context.client.patch(of, { namespace, name }, patch, 'merge'))
}

/** First the dependents that hold the owner up, then its finalizer. The last one's end brings us back. */
async function finishForeground(collector: Collector, { of, object }: Item): Promise<void> {
  const { namespace, name = '', uid = '', resourceVersion, finalizers = [] } = object.metadata
  const blocking = collector.graph
    .dependentsOf(uid)
    .filter((one) =>
      (one.object.metadata.ownerReferences ?? []).some(
        (owner) => owner.uid === uid && owner.blockOwnerDeletion,
      ),
    )
  for (const dependent of blocking) {
    const dependentUid = dependent.object.metadata.uid ?? ''
    if (dependent.object.metadata.deletionTimestamp) continue
    await collect(collector, dependentUid).catch((error: unknown) => {
      collector.context.log.debug(
        { uid: dependentUid, error: describeError(error) },
        'kept for now',
      )
    })
  }
  if (blocking.length > 0) return
  const rest = finalizers.filter((one) => one !== FOREGROUND)
  const patch = { metadata: { resourceVersion, finalizers: rest } }
  await ignoreGone(collector.context.client.patch(of, { namespace, name }, patch, 'merge'))
}

async function ignoreGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
