import type { KubeClient, Pod } from '../../kube/index.ts'
import type { RemedyTarget } from '../../remedies/index.ts'
import { applyObjects } from '../apply-objects.ts'
import { waitForPod } from './lab-access.ts'
import { SUBLET_IMAGE } from './remedy-target.ts'

const NAME = 'tenant-witness'
export const TENANT_WITNESS_CONTAINER = 'witness'

/**
 * Where a tenant has no agent, this pod is what can be asked there: it has the best credential that the tenant is left
 * with, the ServiceAccount that the agent had, the address of its node's kubelet, and nothing of the node.
 */
export function tenantWitness({ agentNamespace, agentName }: RemedyTarget): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace: agentNamespace, labels: { app: NAME } },
    spec: {
      serviceAccountName: agentName,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: TENANT_WITNESS_CONTAINER,
          // Commands of Sublet's own run in it, which a real busybox has not.
          image: SUBLET_IMAGE,
          command: ['sleep', '600'],
          env: [
            {
              name: 'DD_KUBERNETES_KUBELET_HOST',
              valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } },
            },
            // It has no certificate to verify the kubelet's with; it is to find out what the kubelet answers.
            { name: 'DD_KUBELET_TLS_VERIFY', value: 'false' },
          ],
        },
      ],
    },
  }
}

/** Creates the pod on that node and waits until it runs. */
export async function runTenantWitness(
  virtual: KubeClient,
  target: RemedyTarget,
  nodeName: string,
  signal: AbortSignal,
): Promise<Pod> {
  const pod = tenantWitness(target)
  const { namespace = '' } = pod.metadata
  const nodeSelector = { 'kubernetes.io/hostname': nodeName }
  await applyObjects(virtual, [{ ...pod, spec: { ...pod.spec, nodeSelector } }])
  const what = `the witness in vcluster ${target.vcluster}`
  return waitForPod(virtual, { namespace, labelSelector: `app=${NAME}`, nodeName, what }, signal)
}
