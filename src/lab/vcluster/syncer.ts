import {
  createStack,
  describeError,
  systemClock,
  type Logger,
  type Stack,
} from '../../core/index.ts'
import type { KubeClient, KubeObject } from '../../kube/index.ts'
import type { Tenant } from '../../tenants/index.ts'
import type { Informers } from '../controllers/index.ts'
import { createEventRecorder } from '../events/index.ts'
import { openCaches, type Caches } from './caches.ts'
import { createConfigSync } from './config-sync.ts'
import { createConfigUse } from './config-use.ts'
import type { SyncContext } from './context.ts'
import { followPods, type Queues } from './follow-pods.ts'
import { keyOfText } from './host-identity.ts'
import { createNodeSync } from './node-sync.ts'
import { configKey, type ConfigRef } from './pod-references.ts'
import { createPodSync } from './pod-sync.ts'
import { startEvents, startMirrors } from './start-mirrors.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

export interface SyncerOptions {
  readonly context: SyncContext
  readonly virtual: KubeClient
  /** Copies of the virtual side, shared with the controllers. */
  readonly informers: Informers
  readonly host: KubeClient
  /** A node that the virtual cluster has from the start, before a pod is on it. */
  readonly nodeName?: string | undefined
  readonly log: Logger
}

/** Makes a work queue that says what failed and ends with the syncer. */
export type OpenQueue = (work: (key: string) => Promise<void>) => WorkQueue

/**
 * Copies virtual pods, what they use, Services, Endpoints and claims to the host, and their state, events and nodes
 * back, until it is disposed. Resolves when both sides have been read once. Errors are logged and tried again.
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
  const { log } = options
  const failed = (key: string, error: unknown, attempt: number): void => {
    const level = attempt > 3 ? 'warn' : 'debug'
    log[level]({ key, attempt, error: describeError(error) }, 'will sync again')
  }
  const open: OpenQueue = (work) => stack.use(createWorkQueue(work, failed))
  const caches = await openCaches(options, stack)
  const ending = new AbortController()
  stack.defer(() => ending.abort())
  await startPods(options, caches, open, ending.signal)
  startMirrors(options, caches, open)
  startEvents(options, caches, open)
}

/** Pods, the Secrets and ConfigMaps that they use, and the nodes that they are on. */
async function startPods(
  options: SyncerOptions,
  caches: Caches,
  open: OpenQueue,
  signal: AbortSignal,
): Promise<void> {
  const { context, virtual, host, nodeName } = options
  const { vcluster, hostNamespace } = context
  const tenant: Tenant = { name: vcluster, hostNamespaces: [hostNamespace], vcluster }
  const uses = createConfigUse()
  const find = (ref: ConfigRef): KubeObject | undefined =>
    ref.kind === 'Secret' ? caches.secrets.get(ref) : caches.configMaps.get(ref)
  const isUsed = (ref: ConfigRef): boolean => uses.isUsed(ref)
  const configs = createConfigSync({ context, host, virtual, find, isUsed })
  const { hostNodes } = caches
  const nodes = createNodeSync({
    context,
    virtual,
    host,
    pods: () => caches.pods.list(),
    virtualNode: (name) => caches.nodes.get({ name }),
    hostNode: hostNodes && ((name) => hostNodes.get({ name })),
  })
  const events = createEventRecorder({
    client: virtual,
    component: 'pod-syncer',
    style: 'series',
    clock: systemClock,
    log: options.log,
    signal,
  })
  const dnsService = { namespace: 'kube-system', name: 'kube-dns' }
  const pods = createPodSync({
    ...options,
    tenant,
    events,
    dnsAddress: () => caches.services.get(dnsService)?.spec.clusterIP ?? context.dnsAddress,
    configs,
    findVirtual: (key) => caches.pods.get(key),
    findHost: (name) => caches.hostPods.get({ namespace: hostNamespace, name }),
    namespaceLabels: (name) => caches.namespaces.get({ name })?.metadata.labels ?? {},
    services: (namespace) =>
      caches.services.list().filter(({ metadata }) => metadata.namespace === namespace),
    ensureNode: (name) => nodes.ensure(name),
  })
  const queues: Queues = {
    pods: open((key) => pods.sync(keyOfText(key))),
    configs: open((key) => configs.sync(refOfText(key))),
    nodes: open((name) => nodes.sync(name)),
  }
  followPods(caches, queues, { uses, tenant, forget: (uid) => pods.forget(uid) })
  for (const ref of await configs.leftovers()) queues.configs.add(configKey(ref))
  if (nodeName !== undefined) await nodes.ensure(nodeName)
}

function refOfText(text: string): ConfigRef {
  const [kind, namespace = '', name = ''] = text.split('/')
  return { kind: kind === 'Secret' ? 'Secret' : 'ConfigMap', namespace, name }
}
