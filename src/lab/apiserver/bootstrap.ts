import type { Clock } from '../../core/index.ts'
import { rfc3339 } from '../../core/index.ts'
import {
  APISERVICES,
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  NAMESPACES,
  SERVICES,
  aggregateClusterRoles,
  type KubeObject,
} from '../../kube/index.ts'
import { localApiServices } from './bootstrap-api-services.ts'
import { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES } from './bootstrap-roles.ts'
import { findKind } from './kinds/index.ts'
import { initMetadata } from './metadata.ts'
import type { Store } from './store.ts'
import type { Resource } from '../../kube/index.ts'

const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** What every cluster holds before its first request: namespaces, default roles, the Service of the API itself. */
export function bootstrap(
  store: Store,
  at: { readonly address: string; readonly port: number; readonly clock: Clock },
): void {
  const put = (of: Resource, object: KubeObject, namespace?: string): void => {
    const kind = findKind(of.group, of.version, of.plural)
    if (kind === undefined) return
    const copy = structuredClone(object)
    initMetadata(kind, copy, namespace, at.clock)
    kind.setDefaults(copy)
    kind.prepareCreate(copy)
    store.insert(of, copy)
  }
  for (const name of FIRST_NAMESPACES) {
    put(NAMESPACES, { kind: 'Namespace', apiVersion: 'v1', metadata: { name } })
  }
  for (const role of aggregateClusterRoles(BOOTSTRAP_ROLES)) put(CLUSTERROLES, role)
  for (const binding of BOOTSTRAP_BINDINGS) put(CLUSTERROLEBINDINGS, binding)
  for (const one of localApiServices(rfc3339(at.clock.now()))) put(APISERVICES, one)
  put(SERVICES, apiService(at.address, at.port), 'default')
}

function apiService(address: string, port: number): KubeObject {
  const labels = { component: 'apiserver', provider: 'kubernetes' }
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'kubernetes', labels },
    spec: {
      clusterIP: address,
      ports: [{ name: 'https', protocol: 'TCP', port, targetPort: port }],
    },
  }
}
