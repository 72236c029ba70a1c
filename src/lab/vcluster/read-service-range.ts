import { KubeStatusError, SERVICES, type KubeClient } from '../../kube/index.ts'

/** No cluster gives its Services such an address. */
const WRONG_ADDRESS = '4.4.4.4'

/**
 * What the host's Services have addresses of: it says so when it refuses another one, and nowhere else. Undefined when it
 * does not say. Source: vcluster 0.34, `pkg/util/servicecidr`.
 */
export async function readServiceRange(
  host: KubeClient,
  namespace: string,
): Promise<string | undefined> {
  const name = 'vcluster-service-range'
  try {
    await host.create(SERVICES, {
      metadata: { name, namespace },
      spec: { clusterIP: WRONG_ADDRESS, ports: [{ port: 443 }] },
    })
  } catch (error) {
    if (!(error instanceof KubeStatusError)) throw error
    return /The range of valid IPs is ([\d.]+\/\d+)/.exec(error.status.message ?? '')?.[1]
  }
  await host.delete(SERVICES, { namespace, name })
  return undefined
}
