import type { EndpointAddress, Endpoints, Service } from '../../../kube/index.ts'
import { byPorts, isHeadless, targetOf, type Backend } from './backends.ts'
import { HEADLESS } from './slices.ts'

export const LEGACY_MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
export const LEGACY_MANAGER = 'endpoint-controller'

/** The Endpoints object of a service, as clients that know no slices read it. Pods that end are not in it. */
export function endpointsOf(service: Service, backends: readonly Backend[]): Endpoints {
  const { name = '', namespace = '', labels } = service.metadata
  const { publishNotReadyAddresses = false } = service.spec
  const shown = backends.filter((one) => publishNotReadyAddresses || !one.terminating)
  const subsets = [...byPorts(shown).values()].map((group) => {
    const ready = group.filter((one) => one.ready).map(addressOf)
    const waiting = group.filter((one) => !one.ready).map(addressOf)
    const ports = (group[0]?.ports ?? []).map(({ name: port, ...rest }) =>
      port ? { name: port, ...rest } : rest,
    )
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(waiting.length > 0 ? { notReadyAddresses: waiting } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }
  })
  return {
    metadata: {
      name,
      namespace,
      labels: {
        ...labels,
        [LEGACY_MANAGED_BY]: LEGACY_MANAGER,
        ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
      },
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  }
}

function addressOf({ pod, ip, hostname }: Backend): EndpointAddress {
  const { nodeName } = pod.spec
  return {
    ip,
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: targetOf(pod),
  }
}
