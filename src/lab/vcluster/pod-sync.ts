import { describeError, type Logger } from '../../core/index.ts'
import {
  PODS,
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type Pod,
  type Service,
} from '../../kube/index.ts'
import { referenceOf, type EventRecorder } from '../events/index.ts'
import { hostName, ownershipOf, type Tenant } from '../../tenants/index.ts'
import { stableJson, type ConfigSync } from './config-sync.ts'
import type { SyncContext } from './context.ts'
import { hostEphemeralContainers, hostMetadataChanges, hostSpecChanges } from './host-changes.ts'
import { nextPodStep, type PodStep } from './next-pod-step.ts'
import { podReferences } from './pod-references.ts'
import { randomLetters } from './pseudo-node.ts'
import { deleteTokenSecret, grantTokens, writeTokenSecret } from './tokens.ts'
import { hostPodOf } from './translate-pod.ts'
import { wantedTokens } from './translate-volumes.ts'

export interface PodKey {
  readonly namespace: string
  readonly name: string
}

export interface PodSyncOptions {
  readonly context: SyncContext
  readonly tenant: Tenant
  readonly virtual: KubeClient
  readonly host: KubeClient
  readonly configs: ConfigSync
  readonly log: Logger
  readonly findVirtual: (key: PodKey) => Pod | undefined
  /** By the host pod's name in the vcluster's host namespace. */
  readonly findHost: (name: string) => Pod | undefined
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>
  /** Services of a virtual namespace. */
  readonly services: (namespace: string) => readonly Service[]
  /** The address of the virtual cluster's name server now. */
  readonly dnsAddress: () => string
  /** Tells of failures in the virtual cluster. */
  readonly events: EventRecorder
  /** Makes sure that the virtual cluster has this node. */
  readonly ensureNode: (nodeName: string) => Promise<void>
}

/** Keeps one virtual pod and its host pod in step; look again after every change of either. */
export interface PodSync {
  sync(key: PodKey): Promise<void>
  /** The host pod of this virtual uid is gone: it may be made again. */
  forget(virtualUid: string): void
}

export function createPodSync(options: PodSyncOptions): PodSync {
  /** Virtual uids whose host pod was made: the watch may not have told yet. */
  const made = new Set<string>()
  return {
    forget: (uid) => void made.delete(uid),
    async sync(key) {
      const virtual = options.findVirtual(key)
      const name = hostName(key.name, key.namespace, options.context.vcluster)
      const found = options.findHost(name)
      if (found !== undefined && !isPodOf(found, key, options.tenant)) {
        if (virtual === undefined) return
        tellError(options, virtual, `host pod ${name} belongs to another pod`)
        throw new Error(`host pod ${name} belongs to another pod`)
      }
      const step = nextPodStep(virtual, found)
      if (step.do === 'create-host' && made.has(virtual?.metadata.uid ?? '')) return
      await perform(options, key, step, virtual, found)
      if (step.do === 'create-host') made.add(virtual?.metadata.uid ?? '')
      const tokensAreInSecrets = options.context.useSecretsForSATokens
      if (virtual === undefined && found === undefined && tokensAreInSecrets)
        await deleteTokenSecret(options.host, key, options.context)
    },
  }
}

/** Whether a host pod is that of this virtual pod. Different virtual pods can have one host name. */
function isPodOf(host: Pod, key: PodKey, tenant: Tenant): boolean {
  const ownership = ownershipOf(host, [tenant])
  if (!ownership.owned) return false
  const { namespace, name } = ownership.pod.virtual
  return namespace === key.namespace && name === key.name
}

/** What went wrong, where `kubectl describe` in the virtual cluster shows it. */
function tellError({ events }: PodSyncOptions, virtual: Pod, why: string): void {
  const message = `Error syncing to host cluster: ${why}`
  events.event(referenceOf(PODS, virtual), 'Warning', 'SyncError', message, 'SyncPod')
}

async function perform(
  options: PodSyncOptions,
  key: PodKey,
  step: PodStep,
  virtual: Pod | undefined,
  host: Pod | undefined,
): Promise<void> {
  switch (step.do) {
    case 'nothing':
      return
    case 'create-host':
      if (virtual !== undefined) await createHostPod(options, virtual)
      return
    case 'delete-host':
      if (host !== undefined) await deletePod(options.host, host, step.graceSeconds)
      return
    case 'delete-virtual':
      if (virtual !== undefined) await deletePod(options.virtual, virtual, step.graceSeconds)
      return
    case 'sync':
      if (virtual !== undefined && host !== undefined) await syncPair(options, virtual, host)
      return
  }
}

async function createHostPod(options: PodSyncOptions, virtual: Pod): Promise<void> {
  const { context, host } = options
  const wanted = wantedTokens(virtual, context, () => randomLetters(8))
  const [tokens] = await Promise.all([
    grantTokens(options.virtual, virtual, wanted),
    ...podReferences(virtual).map((ref) => options.configs.ensure(ref)),
  ])
  if (context.useSecretsForSATokens && tokens.length > 0)
    await writeTokenSecret(host, virtual, tokens, context)
  const { namespace: virtualNamespace = '' } = virtual.metadata
  const labels = options.namespaceLabels(virtualNamespace)
  const services = options.services(virtualNamespace)
  const withDns = { ...context, dnsAddress: options.dnsAddress() }
  const wantedPod = hostPodOf(virtual, labels, tokens, withDns, services)
  try {
    await host.create(PODS, wantedPod)
  } catch (error) {
    if (!isConflict(error)) {
      tellError(options, virtual, describeError(error))
      throw error
    }
    // Made before, and the watch has not told yet. Somebody else's pod in the way is not ours to touch.
    const { namespace, name = '' } = wantedPod.metadata
    const there = await host.get<Pod>(PODS, { namespace, name })
    const { name: podName = '', namespace: podNamespace = '' } = virtual.metadata
    if (!isPodOf(there, { name: podName, namespace: podNamespace }, options.tenant)) throw error
  }
}

async function deletePod(
  client: KubeClient,
  pod: Pod,
  graceSeconds: number | undefined,
): Promise<void> {
  const { namespace, name = '', uid } = pod.metadata
  try {
    await client.delete(
      PODS,
      { namespace, name },
      {
        ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
        ...(uid === undefined ? {} : { uid }),
      },
    )
  } catch (error) {
    // Gone already, or another pod has the name now: the watch will tell.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

/** Metadata, images and deadline down, node and status up. */
async function syncPair(options: PodSyncOptions, virtual: Pod, host: Pod): Promise<void> {
  const labels = options.namespaceLabels(virtual.metadata.namespace ?? '')
  const down = hostMetadataChanges(virtual, host, labels, options.context)
  if (down !== undefined) {
    const { namespace, name = '' } = host.metadata
    await options.host.patch(PODS, { namespace, name }, down, 'merge')
  }
  const spec = hostSpecChanges(virtual, host)
  if (spec !== undefined) {
    const { namespace, name = '' } = host.metadata
    await options.host.patch(PODS, { namespace, name }, spec, 'json')
  }
  await addEphemeralContainers(options, virtual, host)
  const { nodeName } = host.spec
  if (nodeName !== undefined && virtual.spec.nodeName === undefined) {
    await options.ensureNode(nodeName)
    await bind(options.virtual, virtual, nodeName)
    // The binding has changed the virtual pod: its status goes up when the watch tells that.
    return
  }
  if (host.status === undefined || stableJson(host.status) === stableJson(virtual.status)) return
  await options.virtual.update(PODS, { ...virtual, status: host.status }, { subresource: 'status' })
}

/** What `kubectl debug` has put into the virtual pod, put into the host's. */
async function addEphemeralContainers(
  { host, context, services }: PodSyncOptions,
  virtual: Pod,
  hostPod: Pod,
): Promise<void> {
  const links = services(virtual.metadata.namespace ?? '')
  const ephemeralContainers = hostEphemeralContainers(virtual, hostPod, context, links)
  if (ephemeralContainers === undefined) return
  const { namespace, name = '', resourceVersion } = hostPod.metadata
  const patch = { metadata: { resourceVersion }, spec: { ephemeralContainers } }
  const subresource = 'ephemeralcontainers'
  try {
    await host.patch(PODS, { namespace, name }, patch, 'merge', { subresource })
  } catch (error) {
    // The host pod is newer than what was seen of it: the watch will tell.
    if (!isConflict(error)) throw error
  }
}

/** Puts a virtual pod on the node that the host's scheduler chose, as a scheduler does. */
async function bind(client: KubeClient, pod: Pod, nodeName: string): Promise<void> {
  const { namespace = '', name = '', uid } = pod.metadata
  const target = { apiVersion: 'v1', kind: 'Node', name: nodeName }
  const binding: KubeObject = {
    metadata: { name, namespace, ...(uid === undefined ? {} : { uid }) },
    target,
  }
  try {
    await client.create(PODS, binding, { namespace, name, subresource: 'binding' })
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error
  }
}
