import {
  CONFIGMAPS,
  DAEMONSETS,
  NAMESPACES,
  NODES,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  SERVICES,
  isNotFound,
  type KubeObject,
  type OwnerReference,
  type Resource,
} from '../../kube/index.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from './controller.ts'

/** Kinds whose objects may be owned here. */
const COLLECTED: readonly Resource[] = [
  PODS,
  DAEMONSETS,
  SECRETS,
  CONFIGMAPS,
  SERVICEACCOUNTS,
  SERVICES,
]
/** Kinds that may own. An owner of another kind is taken to exist: nothing is deleted on a guess. */
const OWNERS: readonly Resource[] = [...COLLECTED, NODES, NAMESPACES]
const FOREGROUND = 'foregroundDeletion'

/** Deletes what belonged to objects that are gone; for foreground deletion, what belongs to those that wait for it. */
export const garbageCollector: Controller = (context) => {
  const { informers } = context
  const queue = context.queue('garbage-collector', (key) => collect(context, key))
  for (const of of OWNERS) {
    const isCollected = COLLECTED.includes(of)
    informers.of(of).onChange(({ type, object }) => {
      const { uid = '', ownerReferences = [] } = object.metadata
      const key = `${of.plural} ${keyOf(object.metadata)}`
      if (type !== 'deleted') {
        if (isCollected && (ownerReferences.length > 0 || waits(object))) queue.add(key)
        return
      }
      for (const dependent of dependentsOf(context, uid)) queue.add(dependent.key)
      for (const owner of ownerReferences) {
        const ownerOf = OWNERS.find((one) => one.kind === owner.kind)
        if (ownerOf) queue.add(`${ownerOf.plural} ${keyOf(ownerKey(ownerOf, owner, object))}`)
      }
    })
  }
}

const waits = (object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers ?? []).includes(FOREGROUND)

const ownerKey = (
  of: Resource,
  owner: OwnerReference,
  dependent: KubeObject,
): { name: string; namespace?: string } => {
  const { namespace } = dependent.metadata
  return of.namespaced && namespace ? { name: owner.name, namespace } : { name: owner.name }
}

interface Dependent {
  readonly of: Resource
  readonly key: string
  readonly object: KubeObject
}

function dependentsOf({ informers }: ControllerContext, uid: string): Dependent[] {
  return COLLECTED.flatMap((of) =>
    informers
      .of(of)
      .list()
      .filter(({ metadata }) => (metadata.ownerReferences ?? []).some((one) => one.uid === uid))
      .map((object) => ({ of, key: `${of.plural} ${keyOf(object.metadata)}`, object })),
  )
}

async function collect(context: ControllerContext, key: string): Promise<void> {
  const [plural = '', path = ''] = key.split(' ')
  const of = OWNERS.find((one) => one.plural === plural)
  const object = of && context.informers.of(of).get(parseKey(path))
  if (of === undefined || object === undefined) return
  if (waits(object)) {
    await finishForeground(context, of, object)
    return
  }
  const owners = object.metadata.ownerReferences ?? []
  if (owners.length === 0 || object.metadata.deletionTimestamp) return
  for (const owner of owners) if (await exists(context, owner, object)) return
  await drop(context, of, object, 'Background')
}

/** Whether an owner lives. Our copy may say so; that it is gone, only the API server can. */
async function exists(
  { client, informers }: ControllerContext,
  owner: OwnerReference,
  dependent: KubeObject,
): Promise<boolean> {
  const of = OWNERS.find((one) => one.kind === owner.kind)
  if (of === undefined) return true
  const key = ownerKey(of, owner, dependent)
  if (informers.of(of).get(key)?.metadata.uid === owner.uid) return true
  try {
    return (await client.get(of, key)).metadata.uid === owner.uid
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function drop(
  { client }: ControllerContext,
  of: Resource,
  object: KubeObject,
  propagationPolicy: 'Background' | 'Foreground',
): Promise<void> {
  const { namespace, name = '', uid } = object.metadata
  const options = uid === undefined ? { propagationPolicy } : { propagationPolicy, uid }
  await client.delete(of, { namespace, name }, options).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
}

/** First the dependents, then the owner's finalizer. The last dependent's end brings us back. */
async function finishForeground(
  context: ControllerContext,
  of: Resource,
  object: KubeObject,
): Promise<void> {
  const dependents = dependentsOf(context, object.metadata.uid ?? '')
  for (const { of: kind, object: dependent } of dependents) {
    if (!dependent.metadata.deletionTimestamp) {
      await drop(context, kind, dependent, kind === PODS ? 'Background' : 'Foreground')
    }
  }
  if (dependents.length > 0) return
  const { namespace, name = '', resourceVersion, finalizers = [] } = object.metadata
  const rest = finalizers.filter((one) => one !== FOREGROUND)
  const patch = { metadata: { resourceVersion, finalizers: rest } }
  await context.client.patch(of, { namespace, name }, patch, 'merge').catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
}
