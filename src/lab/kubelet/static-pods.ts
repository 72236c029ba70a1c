import { createHash } from 'node:crypto'
import type { Pod } from '../../kube/index.ts'

export const CONFIG_HASH = 'kubernetes.io/config.hash'
export const CONFIG_MIRROR = 'kubernetes.io/config.mirror'
export const CONFIG_SEEN = 'kubernetes.io/config.seen'
export const CONFIG_SOURCE = 'kubernetes.io/config.source'

/**
 * A pod from a file as the kubelet knows it: its name ends with the node's, its uid is the hash of its definition
 * (32 hex digits), which the summary and cadvisor show too.
 */
export function staticPod(given: Pod, nodeName: string, now: number): Pod {
  const { name = 'pod' } = given.metadata
  const hash = createHash('md5').update(JSON.stringify(given)).update(nodeName).digest('hex')
  return {
    ...given,
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...given.metadata,
      name: name.endsWith(`-${nodeName}`) ? name : `${name}-${nodeName}`,
      namespace: given.metadata.namespace ?? 'default',
      uid: hash,
      annotations: {
        ...given.metadata.annotations,
        [CONFIG_HASH]: hash,
        [CONFIG_SEEN]: new Date(now).toISOString(),
        [CONFIG_SOURCE]: 'file',
      },
    },
    spec: {
      ...given.spec,
      nodeName,
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }, ...(given.spec.tolerations ?? [])],
    },
  }
}
