import {
  createStack,
  describeError,
  rfc3339,
  systemClock,
  type Logger,
  type Stack,
} from '../../core/index.ts'
import {
  CONFIGMAPS,
  NAMESPACES,
  NODES,
  PODS,
  SECRETS,
  createReflector,
  isConflict,
  type ConfigMap,
  type KubeClient,
  type KubeObject,
  type Pod,
  type Reflector,
  type Secret,
} from '../../kube/index.ts'
import { keys, ownershipOf, type Tenant } from '../../tenants/index.ts'
import { createConfigSync } from './config-sync.ts'
import type { SyncContext } from './context.ts'
import { createConfigUse } from './config-use.ts'
import { configKey, type ConfigRef } from './pod-references.ts'
import { createPodSync } from './pod-sync.ts'
import { pseudoNode } from './pseudo-node.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

export interface SyncerOptions {
  readonly context: SyncContext
  readonly virtual: KubeClient
  readonly host: KubeClient
  readonly log: Logger
}

/** The caches of both sides that the syncer works from. */
interface Caches {
  readonly namespaces: Reflector<KubeObject>
  readonly pods: Reflector<Pod>
  readonly secrets: Reflector<Secret>
  readonly configMaps: Reflector<ConfigMap>
  readonly hostPods: Reflector<Pod>
}

/**
 * Copies virtual pods, and the Secrets and ConfigMaps they use, to the host, and their state back, until it is
 * disposed. Resolves when both sides have been read once. Errors are logged and tried again.
 */
export async function startSyncer(options: SyncerOptions): Promise<AsyncDisposable> {
  const stack = createStack()
  try {
    await startParts(options, stack)
    return stack
  } catch (error) {
    await stack[Symbol.asyncDispose]()
    throw error
  }
}

async function startParts(options: SyncerOptions, stack: Stack): Promise<void> {
  const { context, virtual, host, log } = options
  const { vcluster, hostNamespace } = context
  const tenant: Tenant = { name: vcluster, hostNamespaces: [hostNamespace], vcluster }
  const caches: Caches = {
    namespaces: stack.use(createReflector(virtual, NAMESPACES, { log })),
    pods: stack.use(createReflector<Pod>(virtual, PODS, { log })),
    secrets: stack.use(createReflector<Secret>(virtual, SECRETS, { log })),
    configMaps: stack.use(createReflector<ConfigMap>(virtual, CONFIGMAPS, { log })),
    hostPods: stack.use(
      createReflector<Pod>(host, PODS, {
        log,
        namespace: hostNamespace,
        labelSelector: `${keys.MANAGED_BY}=${vcluster}`,
      }),
    ),
  }
  const uses = createConfigUse()
  const find = (ref: ConfigRef): KubeObject | undefined =>
    ref.kind === 'Secret' ? caches.secrets.get(ref) : caches.configMaps.get(ref)
  const configs = createConfigSync({
    context,
    host,
    virtual,
    find,
    isUsed: (ref) => uses.isUsed(ref),
  })
  const pods = createPodSync({
    ...options,
    tenant,
    configs,
    findVirtual: (key) => caches.pods.get(key),
    findHost: (name) => caches.hostPods.get({ namespace: hostNamespace, name }),
    namespaceLabels: (name) => caches.namespaces.get({ name })?.metadata.labels ?? {},
    ensureNode: (nodeName) => ensureNode(virtual, nodeName, context.api.address),
  })
  const failed = (key: string, error: unknown, attempt: number): void => {
    const level = attempt > 3 ? 'warn' : 'debug'
    log[level]({ key, attempt, error: describeError(error) }, 'will sync again')
  }
  const podQueue = stack.use(createWorkQueue((key) => pods.sync(keyOfText(key)), failed))
  const configQueue = stack.use(createWorkQueue((key) => configs.sync(refOfText(key)), failed))
  await Promise.all(Object.values(caches).map((cache: Reflector<KubeObject>) => cache.ready))
  const queues = { podQueue, configQueue }
  follow(caches, queues, uses, tenant, (uid) => pods.forget(uid))
  for (const ref of await configs.leftovers()) configQueue.add(configKey(ref))
}

interface Queues {
  readonly podQueue: WorkQueue
  readonly configQueue: WorkQueue
}

/** Puts what is there, and then every change, into the queues. */
function follow(
  caches: Caches,
  { podQueue, configQueue }: Queues,
  uses: ReturnType<typeof createConfigUse>,
  tenant: Tenant,
  forget: (virtualUid: string) => void,
): void {
  const touchPod = (pod: Pod): void => podQueue.add(textOfKey(pod.metadata))
  const touchVirtual = (pod: Pod, isGone: boolean): void => {
    for (const ref of uses.note(pod, isGone)) configQueue.add(configKey(ref))
    touchPod(pod)
  }
  const touchHost = (pod: Pod, isGone: boolean): void => {
    const ownership = ownershipOf(pod, [tenant])
    if (!ownership.owned) return
    if (isGone) forget(ownership.pod.virtual.uid)
    podQueue.add(textOfKey(ownership.pod.virtual))
  }
  const touchConfig = (kind: ConfigRef['kind'], { metadata }: KubeObject): void => {
    const { namespace = '', name = '' } = metadata
    const ref = { kind, namespace, name }
    if (uses.isUsed(ref)) configQueue.add(configKey(ref))
  }
  caches.pods.onChange(({ type, object }) => touchVirtual(object, type === 'deleted'))
  caches.hostPods.onChange(({ type, object }) => touchHost(object, type === 'deleted'))
  caches.secrets.onChange(({ object }) => touchConfig('Secret', object))
  caches.configMaps.onChange(({ object }) => touchConfig('ConfigMap', object))
  caches.namespaces.onChange(({ object }) => {
    for (const pod of caches.pods.list())
      if (pod.metadata.namespace === object.metadata.name) touchPod(pod)
  })
  for (const pod of caches.pods.list()) touchVirtual(pod, false)
  for (const pod of caches.hostPods.list()) touchHost(pod, false)
}

/** Creates the pseudo node unless the virtual cluster has it. */
export async function ensureNode(
  virtual: KubeClient,
  nodeName: string,
  address: string,
): Promise<void> {
  try {
    await virtual.create(NODES, pseudoNode(nodeName, address, rfc3339(systemClock.now())))
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

function textOfKey(key: { readonly namespace?: string; readonly name?: string }): string {
  return `${key.namespace ?? ''}/${key.name ?? ''}`
}

function keyOfText(text: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = text.split('/')
  return { namespace, name }
}

function refOfText(text: string): ConfigRef {
  const [kind, namespace = '', name = ''] = text.split('/')
  return { kind: kind === 'Secret' ? 'Secret' : 'ConfigMap', namespace, name }
}
