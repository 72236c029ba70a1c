import { describeError, sleep, type Clock, type Logger } from '../../core/index.ts'
import {
  LEASES,
  isConflict,
  type KubeClient,
  type KubeObject,
  type Node,
} from '../../kube/index.ts'

/** nodeLeaseDurationSeconds; it is renewed four times in that time, as a kubelet does. */
const LEASE_SECONDS = 40
const RENEW_MS = (LEASE_SECONDS * 1000) / 4

export const LEASE_NAMESPACE = 'kube-node-lease'

export interface NodeLeaseOptions {
  readonly client: KubeClient
  readonly node: Node
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Renews the node's Lease until the signal fires: what the API server's side takes as a sign of life. */
export async function keepNodeLease(options: NodeLeaseOptions): Promise<void> {
  const { client, log, signal } = options
  while (!signal.aborted) {
    await renew(options).catch((error: unknown) => {
      log.warn(
        { error: describeError(error), server: client.server },
        'cannot renew the node lease',
      )
    })
    await sleep(RENEW_MS, signal)
  }
}

async function renew({ client, node, clock, signal }: NodeLeaseOptions): Promise<void> {
  const { name = '', uid = '' } = node.metadata
  // A MicroTime: six digits after the seconds.
  const renewTime = new Date(clock.now()).toISOString().replace('Z', '000Z')
  const key = { namespace: LEASE_NAMESPACE, name }
  const lease: KubeObject = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...key, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
  }
  try {
    await client.create(LEASES, lease, { signal })
  } catch (error) {
    if (!isConflict(error)) throw error
    await client.patch(LEASES, key, { spec: lease['spec'] }, 'merge', { signal })
  }
}
