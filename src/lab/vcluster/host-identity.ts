import type { KubeObject } from '../../kube/index.ts'
import { hostName, keys } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'

/** Where a virtual object is. */
export interface VirtualKey {
  readonly namespace: string
  readonly name: string
}

/**
 * The virtual object whose copy a host object is; undefined when this vcluster did not make it. The same checks as of
 * pods: marker, coordinates of both sides, and the name that follows from them.
 */
export function virtualKeyOf(host: KubeObject, context: SyncContext): VirtualKey | undefined {
  const { name, namespace, labels = {}, annotations = {} } = host.metadata
  const virtual = {
    name: annotations[keys.OBJECT_NAME] ?? '',
    namespace: annotations[keys.OBJECT_NAMESPACE] ?? '',
  }
  const isOurs =
    namespace === context.hostNamespace &&
    labels[keys.MANAGED_BY] === context.vcluster &&
    annotations[keys.OBJECT_HOST_NAME] === name &&
    virtual.name !== '' &&
    hostName(virtual.name, virtual.namespace, context.vcluster) === name
  return isOurs ? virtual : undefined
}

/** Whether a host object is the copy of this virtual one. Different virtual objects can have one host name. */
export function isCopyOf(host: KubeObject, key: VirtualKey, context: SyncContext): boolean {
  const found = virtualKeyOf(host, context)
  return found?.name === key.name && found.namespace === key.namespace
}

/** `namespace/name`, as work queues and maps have it. */
export function textOfKey(key: { readonly namespace?: string; readonly name?: string }): string {
  return `${key.namespace ?? ''}/${key.name ?? ''}`
}

export function keyOfText(text: string): VirtualKey {
  const [namespace = '', name = ''] = text.split('/')
  return { namespace, name }
}
