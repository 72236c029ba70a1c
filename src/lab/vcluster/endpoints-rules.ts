import {
  ENDPOINTS,
  type EndpointAddress,
  type Endpoints,
  type KubeClient,
  type Service,
} from '../../kube/index.ts'
import { hostName } from '../../tenants/index.ts'
import { stableJson } from './config-sync.ts'
import type { SyncContext } from './context.ts'
import type { MirrorRules } from './mirror.ts'
import { hostMetadata } from './translate-metadata.ts'

const EXCLUDED = ['control-plane.alpha.kubernetes.io/leader']

/**
 * The host's copy of virtual Endpoints; references to pods name the host pods, without uids.
 * Source: vcluster 0.34, `pkg/controllers/resources/endpoints`.
 */
export function hostEndpointsOf(virtual: Endpoints, context: SyncContext): Endpoints {
  const translate = (address: EndpointAddress): EndpointAddress => {
    const { targetRef } = address
    if (targetRef?.kind !== 'Pod') return address
    const name = hostName(targetRef.name, targetRef.namespace ?? '', context.vcluster)
    return { ...address, targetRef: { kind: 'Pod', name, namespace: context.hostNamespace } }
  }
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: hostMetadata(virtual, 'Endpoints', context, EXCLUDED),
    ...(virtual.subsets === undefined
      ? {}
      : {
          subsets: virtual.subsets.map(({ addresses, notReadyAddresses, ports }) => ({
            ...(addresses && { addresses: addresses.map(translate) }),
            ...(notReadyAddresses && { notReadyAddresses: notReadyAddresses.map(translate) }),
            ...(ports && { ports }),
          })),
        }),
  }
}

/**
 * Endpoints go down for Services without a selector only: those with one have their own on the host, made there from
 * the host pods. EndpointSlices are not synced; both clusters make theirs.
 */
export function endpointsRules(options: {
  readonly context: SyncContext
  readonly host: KubeClient
  readonly serviceOf: (endpoints: Endpoints) => Service | undefined
}): MirrorRules<Endpoints> {
  return {
    resource: ENDPOINTS,
    translate(virtual) {
      const { namespace, name } = virtual.metadata
      const service = options.serviceOf(virtual)
      const isApi = namespace === 'default' && name === 'kubernetes'
      if (isApi || service === undefined || service.spec.selector !== undefined) return undefined
      return hostEndpointsOf(virtual, options.context)
    },
    async update(_virtual, host, { subsets = [] }) {
      if (stableJson(subsets) === stableJson(host.subsets ?? [])) return
      const { namespace, name = '' } = host.metadata
      await options.host.patch(ENDPOINTS, { namespace, name }, { subsets }, 'merge')
    },
  }
}
