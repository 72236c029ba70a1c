import { SECRETS, isConflict, type KubeClient, type KubeObject } from '../../kube/index.ts'
import type { ApiServer } from '../apiserver/index.ts'
import { ownerReferences, type SyncContext } from './context.ts'

/**
 * Writes `vc-<name>` on the host: how a cluster administrator reaches the virtual API server. Keys as the real one's;
 * the kubeconfig names the pod's address, which the whole machine can reach, in place of a port-forward's.
 */
export async function writeAccessSecret(
  host: KubeClient,
  apiServer: ApiServer,
  context: SyncContext,
): Promise<void> {
  const values = {
    config: await apiServer.kubeconfig(),
    'certificate-authority': apiServer.caPem,
    'client-certificate': apiServer.adminCredential.certPem,
    'client-key': apiServer.adminCredential.keyPem,
  }
  const secret: KubeObject = {
    metadata: {
      name: `vc-${context.vcluster}`,
      namespace: context.hostNamespace,
      ownerReferences: ownerReferences(context, false),
    },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  }
  try {
    await host.create(SECRETS, secret)
  } catch (error) {
    if (!isConflict(error)) throw error
    // From before a restart: the keys in it are no longer good.
    await host.update(SECRETS, secret)
  }
}
