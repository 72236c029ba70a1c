import type { PolicyRule } from '../../kube/index.ts'

/**
 * What `view`, `edit` and `admin` are aggregated of: the rules of a kube-apiserver 1.20, as it serves them, with what
 * came and went since: tokens and evictions (1.22, 1.24), EndpointSlices, leases and events, and no more writing of
 * Endpoints (CVE-2021-25740). Not those of `resource.k8s.io`, which the lab does not serve.
 */
const RBAC = 'rbac.authorization.k8s.io'
const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update']
const ALL = [...WRITE, ...READ].sort()

const on = (verbs: string[], group: string, ...resources: string[]): PolicyRule => ({
  verbs,
  apiGroups: [group],
  resources: resources.sort(),
})

const STREAMS = ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy']
const scaled = (...plurals: string[]): string[] =>
  plurals.flatMap((plural) => [plural, `${plural}/scale`])
const withStatus = (...plurals: string[]): string[] =>
  plurals.flatMap((plural) => [plural, `${plural}/status`])

const WORKLOADS = ['deployments', 'replicasets', 'statefulsets']
const EXTENSIONS = ['daemonsets', 'ingresses', 'networkpolicies', 'replicationcontrollers/scale']

export const VIEW_RULES: readonly PolicyRule[] = [
  on(READ, '', 'configmaps', 'endpoints', 'pods', 'serviceaccounts'),
  on(READ, '', ...withStatus('persistentvolumeclaims', 'services')),
  on(READ, '', ...scaled('replicationcontrollers')),
  on(READ, '', 'bindings', 'events', 'limitranges', 'namespaces/status', 'pods/log', 'pods/status'),
  on(READ, '', 'replicationcontrollers/status', ...withStatus('resourcequotas')),
  on(READ, '', 'namespaces'),
  on(READ, 'discovery.k8s.io', 'endpointslices'),
  on(
    READ,
    'apps',
    'controllerrevisions',
    ...withStatus('daemonsets', ...WORKLOADS),
    ...WORKLOADS.map((plural) => `${plural}/scale`),
  ),
  on(READ, 'autoscaling', ...withStatus('horizontalpodautoscalers')),
  on(READ, 'batch', ...withStatus('cronjobs', 'jobs')),
  on(
    READ,
    'extensions',
    ...EXTENSIONS,
    ...['daemonsets/status', 'ingresses/status', 'deployments/scale', 'replicasets/scale'],
    ...withStatus('deployments', 'replicasets'),
  ),
  on(READ, 'policy', ...withStatus('poddisruptionbudgets')),
  on(READ, 'networking.k8s.io', ...withStatus('ingresses'), 'networkpolicies'),
]

export const EDIT_RULES: readonly PolicyRule[] = [
  on(READ, '', ...STREAMS, 'secrets', 'services/proxy'),
  on(['impersonate'], '', 'serviceaccounts'),
  on(WRITE, '', 'pods', ...STREAMS),
  on(['create'], '', 'pods/eviction'),
  on(WRITE, '', 'configmaps', 'events', 'persistentvolumeclaims', 'secrets', 'serviceaccounts'),
  on(WRITE, '', ...scaled('replicationcontrollers'), 'services', 'services/proxy'),
  on(['create'], '', 'serviceaccounts/token'),
  on(WRITE, 'apps', 'daemonsets', 'deployments/rollback', ...scaled(...WORKLOADS)),
  on(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
  on(WRITE, 'batch', 'cronjobs', 'jobs'),
  on(
    WRITE,
    'extensions',
    ...EXTENSIONS,
    'deployments/rollback',
    ...scaled('deployments', 'replicasets'),
  ),
  on(WRITE, 'policy', 'poddisruptionbudgets'),
  on(WRITE, 'networking.k8s.io', 'ingresses', 'networkpolicies'),
  on(ALL, 'coordination.k8s.io', 'leases'),
]

export const ADMIN_RULES: readonly PolicyRule[] = [
  on(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews'),
  on(ALL, RBAC, 'rolebindings', 'roles'),
]
