import type { KubeObject, Pod } from '../../kube/index.ts'
import { ownershipOf, type Tenant } from '../../tenants/index.ts'
import type { Caches } from './caches.ts'
import type { ConfigUse } from './config-use.ts'
import { textOfKey } from './host-identity.ts'
import { configKey, type ConfigRef } from './pod-references.ts'
import type { WorkQueue } from './work-queue.ts'

export interface Queues {
  readonly pods: WorkQueue
  readonly configs: WorkQueue
  readonly nodes: WorkQueue
}

/** Puts what is there, and then every change, into the queues. */
export function followPods(
  caches: Caches,
  queues: Queues,
  facts: {
    readonly uses: ConfigUse
    readonly tenant: Tenant
    /** Told the uid of a virtual pod whose host pod is gone. */
    readonly forget: (virtualUid: string) => void
  },
): void {
  const touchPod = (pod: Pod): void => queues.pods.add(textOfKey(pod.metadata))
  const touchVirtual = (pod: Pod, isGone: boolean): void => {
    for (const ref of facts.uses.note(pod, isGone)) queues.configs.add(configKey(ref))
    touchPod(pod)
  }
  const touchHost = (pod: Pod, isGone: boolean): void => {
    const ownership = ownershipOf(pod, [facts.tenant])
    if (!ownership.owned) return
    if (isGone) facts.forget(ownership.pod.virtual.uid)
    queues.pods.add(textOfKey(ownership.pod.virtual))
  }
  const touchConfig = (kind: ConfigRef['kind'], { metadata }: KubeObject): void => {
    const { namespace = '', name = '' } = metadata
    const ref = { kind, namespace, name }
    if (facts.uses.isUsed(ref)) queues.configs.add(configKey(ref))
  }
  caches.pods.onChange(({ type, object, previous }) => {
    touchVirtual(object, type === 'deleted')
    const { nodeName } = object.spec
    if (nodeName && (type === 'deleted' || previous?.spec.nodeName !== nodeName))
      queues.nodes.add(nodeName)
  })
  caches.hostPods.onChange(({ type, object }) => touchHost(object, type === 'deleted'))
  caches.secrets.onChange(({ object }) => touchConfig('Secret', object))
  caches.configMaps.onChange(({ object }) => touchConfig('ConfigMap', object))
  caches.namespaces.onChange(({ object }) => {
    for (const pod of caches.pods.list())
      if (pod.metadata.namespace === object.metadata.name) touchPod(pod)
  })
  caches.nodes.onChange(({ type, object }) => {
    if (type === 'deleted') queues.nodes.add(object.metadata.name ?? '')
  })
  caches.hostNodes?.onChange(({ object }) => queues.nodes.add(object.metadata.name ?? ''))
  for (const pod of caches.pods.list()) touchVirtual(pod, false)
  for (const pod of caches.hostPods.list()) touchHost(pod, false)
}
