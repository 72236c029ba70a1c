import type { Clock } from '../../core/index.ts'
import { rfc3339 } from '../../core/index.ts'
import {
  APISERVICES,
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  ENDPOINTS,
  ENDPOINTSLICES,
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
  at: {
    /** Where the server listens. */
    readonly address: string
    readonly port: number
    /** Where its Service is. */
    readonly apiService: { readonly address: string; readonly port: number }
    readonly clock: Clock
  },
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
  put(SERVICES, apiService(at.apiService, at.port), 'default')
  put(ENDPOINTS, apiEndpoints(at), 'default')
  put(ENDPOINTSLICES, apiSlice(at), 'default')
}

interface Place {
  readonly address: string
  readonly port: number
}

function apiService({ address, port }: Place, targetPort: number): KubeObject {
  const labels = { component: 'apiserver', provider: 'kubernetes' }
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'kubernetes', labels },
    spec: {
      clusterIP: address,
      ports: [{ name: 'https', protocol: 'TCP', port, targetPort }],
    },
  }
}

/** A kube-apiserver writes itself down behind its Service. */
function apiEndpoints({ address, port }: Place): KubeObject {
  return {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: {
      name: 'kubernetes',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  }
}

function apiSlice({ address, port }: Place): KubeObject {
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  }
}
