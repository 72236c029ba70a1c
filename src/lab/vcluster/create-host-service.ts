import { KubeStatusError, SERVICES, type KubeClient, type Service } from '../../kube/index.ts'

/**
 * Creates a Service on the host with the address that it has in the virtual cluster. A host that cannot give it, because
 * it is outside of its range or another Service has it, gives one of its own.
 */
export async function createHostService(host: KubeClient, wanted: Service): Promise<Service> {
  try {
    return await host.create(SERVICES, wanted)
  } catch (error) {
    const isRefused = error instanceof KubeStatusError && error.status.code === 422
    if (!isRefused || !/clusterIP/.test(error.status.message ?? '')) throw error
    const spec = { ...wanted.spec }
    for (const key of ['clusterIP', 'clusterIPs']) Reflect.deleteProperty(spec, key)
    return await host.create(SERVICES, { ...wanted, spec })
  }
}
