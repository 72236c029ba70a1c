import type { Node } from '../../kube/index.ts'
import { keys } from '../../tenants/index.ts'
import { nodeAddresses } from './pseudo-node.ts'

/**
 * The virtual cluster's copy of a host node: its labels, annotations, spec and status, but the address and port of the
 * vcluster. Source: `virtual-nodes.synced-from-host.json` of a real vcluster 0.34 (`sync.fromHost.nodes.enabled`).
 */
export function syncedNode(host: Node, address: string, vcluster: string): Node {
  const { name = '', labels = {}, annotations = {} } = host.metadata
  const listed = (texts: Readonly<Record<string, string>>): string =>
    Object.keys(texts).sort().join('\n')
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        ...labels,
        'vcluster.loft.sh/fake-node': 'true',
        [keys.MANAGED_BY]: vcluster,
      },
      annotations: {
        ...annotations,
        'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true',
        [keys.MANAGED_ANNOTATIONS]: listed(annotations),
        [keys.MANAGED_LABELS]: listed(labels),
      },
    },
    ...(host.spec === undefined ? {} : { spec: host.spec }),
    status: {
      ...host.status,
      addresses: nodeAddresses(name, address),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  }
}
