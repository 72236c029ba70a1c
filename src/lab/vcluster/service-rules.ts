import {
  SERVICES,
  isConflict,
  isNotFound,
  type KubeClient,
  type Service,
} from '../../kube/index.ts'
import { stableJson } from './config-sync.ts'
import type { SyncContext } from './context.ts'
import { createHostService } from './create-host-service.ts'
import type { MirrorRules } from './mirror.ts'
import { hostServiceOf, isApiService, nextHostSpec, portsOfHost } from './translate-service.ts'

/**
 * Services: the spec goes down, cluster address, node ports and status come up. A virtual Service whose address is not
 * the host's is made again with that one, as the address of a Service may not change.
 */
export function serviceRules(clients: {
  readonly context: SyncContext
  readonly virtual: KubeClient
  readonly host: KubeClient
}): MirrorRules<Service> {
  return {
    resource: SERVICES,
    translate: (virtual) =>
      isApiService(virtual) ? undefined : hostServiceOf(virtual, clients.context),
    create: (wanted) => createHostService(clients.host, wanted),
    async update(virtual, found, wanted) {
      const spec = nextHostSpec(found, wanted)
      const host =
        stableJson(spec) === stableJson(found.spec)
          ? found
          : await clients.host.update<Service>(SERVICES, {
              ...found,
              metadata: { ...found.metadata, ...placeOf(found) },
              spec,
            })
      await bringUp(clients.virtual, virtual, host)
    },
  }
}

const placeOf = ({ metadata }: Service): { namespace: string; name: string } => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
})

async function bringUp(client: KubeClient, virtual: Service, host: Service): Promise<void> {
  const { clusterIP } = host.spec
  if (clusterIP !== undefined && clusterIP !== virtual.spec.clusterIP) {
    await makeAgain(client, virtual, clusterIP)
    return
  }
  const ports = portsOfHost(virtual, host)
  let current = virtual
  if (ports !== undefined && stableJson(ports) !== stableJson(virtual.spec.ports)) {
    current = await client.update<Service>(SERVICES, {
      ...virtual,
      spec: { ...virtual.spec, ports },
    })
  }
  const status: unknown = host['status']
  if (status === undefined || stableJson(status) === stableJson(current['status'])) return
  await client.update(SERVICES, { ...current, status }, { subresource: 'status' })
}

/** Nothing is made again when the user deleted it meanwhile, or made another one of that name. */
async function makeAgain(client: KubeClient, virtual: Service, clusterIP: string): Promise<void> {
  const { name, namespace, uid, labels, annotations } = virtual.metadata
  const spec = { ...virtual.spec, clusterIP, clusterIPs: [clusterIP] }
  try {
    await client.delete(SERVICES, placeOf(virtual), uid === undefined ? {} : { uid })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return
    throw error
  }
  await client.create(SERVICES, {
    metadata: { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) },
    spec,
  } as Service)
}
