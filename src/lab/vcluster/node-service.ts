import type { Service } from '../../kube/index.ts'
import { safeConcat } from '../../tenants/index.ts'
import { ownerReferences, type SyncContext } from './context.ts'

/**
 * The Service on the host that stands for a node's kubelet in the virtual cluster: it leads to the vcluster itself.
 * Its address is the virtual node's. Compare `test/fixtures/vcluster/host-services.json`.
 */
export function nodeServiceOf(nodeName: string, context: SyncContext): Service {
  const { vcluster } = context
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: safeConcat(vcluster, 'node', nodeName.replaceAll('.', '-')),
      namespace: context.hostNamespace,
      labels: { 'vcluster.loft.sh/belongs-to': vcluster, 'vcluster.loft.sh/node': nodeName },
      ownerReferences: ownerReferences(context, false),
    },
    spec: {
      type: 'ClusterIP',
      // Where nothing leads to Services the address is that of the vcluster's pod.
      ...(context.apiAtService ? {} : { clusterIP: context.api.address }),
      selector: { app: 'vcluster', release: vcluster },
      ports: [{ name: 'kubelet', protocol: 'TCP', port: 10250, targetPort: 8443 }],
    },
  }
}
