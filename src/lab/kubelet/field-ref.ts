import type { Pod } from '../../kube/index.ts'

/** What only the kubelet knows when it resolves a field. */
export interface PodAddresses {
  readonly hostIp: string
  readonly podIp: string
}

/** The fields without a subscript. A map, not an object: the path is a pod author's, and `constructor` is no field. */
const FIELDS: ReadonlyMap<string, (pod: Pod, addresses: PodAddresses) => string> = new Map([
  ['metadata.name', ({ metadata }) => metadata.name ?? ''],
  ['metadata.namespace', ({ metadata }) => metadata.namespace ?? ''],
  ['metadata.uid', ({ metadata }) => metadata.uid ?? ''],
  ['metadata.labels', ({ metadata }) => formatMap(metadata.labels)],
  ['metadata.annotations', ({ metadata }) => formatMap(metadata.annotations)],
  ['spec.nodeName', ({ spec }) => spec.nodeName ?? ''],
  ['spec.serviceAccountName', ({ spec }) => spec.serviceAccountName ?? ''],
  ['status.hostIP', (_, { hostIp }) => hostIp],
  ['status.hostIPs', (_, { hostIp }) => hostIp],
  ['status.podIP', (_, { podIp }) => podIp],
  ['status.podIPs', (_, { podIp }) => podIp],
])

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/

/**
 * The value of a downward API field (`metadata.name`, `metadata.annotations['x']`, `status.podIP`, …), as the kubelet
 * resolves it for env and volumes. A missing label or annotation is empty; undefined is a field that does not exist.
 */
export function fieldValue(pod: Pod, path: string, addresses: PodAddresses): string | undefined {
  const subscript = SUBSCRIPT.exec(path)
  if (subscript === null) return FIELDS.get(path)?.(pod, addresses)
  const [, map, key = ''] = subscript
  return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? ''
}

/** `key="value"` lines by key, the value quoted as Go's `%q` does for ordinary text. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join('\n')
}
