import type { ConfigMap, KubeObject, Secret } from '../../kube/index.ts'
import type { SyncContext } from './context.ts'
import type { ConfigRef } from './pod-references.ts'
import { hostMetadata } from './translate-metadata.ts'

/** The host's copy of a virtual Secret or ConfigMap. */
export function hostConfigOf(
  virtual: Secret | ConfigMap,
  kind: ConfigRef['kind'],
  context: SyncContext,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: hostMetadata(virtual, kind, context),
    ...(kind === 'Secret' ? { type: hostType((virtual as Secret).type) } : {}),
    ...(virtual.data === undefined ? {} : { data: virtual.data }),
    ...('binaryData' in virtual && virtual.binaryData !== undefined
      ? { binaryData: virtual.binaryData }
      : {}),
    ...('immutable' in virtual ? { immutable: virtual['immutable'] } : {}),
  }
}

/** A token Secret's type would make the host's token controller fill in a host token: it becomes a plain one. */
function hostType(type: string | undefined): string {
  return type === undefined || type === 'kubernetes.io/service-account-token' ? 'Opaque' : type
}
