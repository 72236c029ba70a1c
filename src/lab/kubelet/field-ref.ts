import type { Pod } from '../../kube/index.ts'

/** What only the kubelet knows when it resolves a field. */
export interface PodAddresses {
  readonly hostIp: string
  readonly podIp: string
}

/**
 * The value of a downward API field (`metadata.name`, `metadata.annotations['x']`, `status.podIP`, …), as the kubelet
 * resolves it for env and volumes. A missing label or annotation is empty; undefined is a field that does not exist.
 */
export function fieldValue(pod: Pod, path: string, addresses: PodAddresses): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (subscript)
    return pod.metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? ''
    case 'metadata.namespace':
      return pod.metadata.namespace ?? ''
    case 'metadata.uid':
      return pod.metadata.uid ?? ''
    case 'metadata.labels':
      return formatMap(pod.metadata.labels)
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations)
    case 'spec.nodeName':
      return pod.spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return addresses.hostIp
    case 'status.podIP':
    case 'status.podIPs':
      return addresses.podIp
    default:
      return undefined
  }
}

/** `key="value"` lines by key, the value quoted as Go's `%q` does for ordinary text. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join('\n')
}
