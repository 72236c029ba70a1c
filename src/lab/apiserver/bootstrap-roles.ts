import type { PolicyRule, Role, RoleBinding } from '../../kube/index.ts'
import { ADMIN_RULES, EDIT_RULES, VIEW_RULES } from './bootstrap-user-roles.ts'
import { KUBELET_CLIENT_NAME } from './pod-logs/index.ts'

const RBAC = 'rbac.authorization.k8s.io'
const READ = ['get', 'list', 'watch']
const BOOTSTRAP = {
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
}

const on = (verbs: string[], group: string, ...resources: string[]): PolicyRule => ({
  verbs,
  apiGroups: [group],
  resources,
})
const paths = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs })

function role(name: string, rules: PolicyRule[], aggregateTo?: string): Role {
  const labels = aggregateTo
    ? { ...BOOTSTRAP.labels, [`rbac.authorization.k8s.io/aggregate-to-${aggregateTo}`]: 'true' }
    : BOOTSTRAP.labels
  const metadata = { name, annotations: BOOTSTRAP.annotations, labels }
  return { kind: 'ClusterRole', apiVersion: `${RBAC}/v1`, metadata, rules }
}

function aggregated(name: 'admin' | 'edit' | 'view', extra: Record<string, string> = {}): Role {
  const plain = role(name, [])
  const metadata = { ...plain.metadata, labels: { ...plain.metadata.labels, ...extra } }
  const selector = { matchLabels: { [`${RBAC}/aggregate-to-${name}`]: 'true' } }
  return { ...plain, metadata, aggregationRule: { clusterRoleSelectors: [selector] } }
}

/** The default ClusterRoles that matter here, after plugin/pkg/auth/authorizer/rbac/bootstrappolicy (1.36). */
export const BOOTSTRAP_ROLES: readonly Role[] = [
  role('cluster-admin', [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]),
  aggregated('admin'),
  aggregated('edit', { [`${RBAC}/aggregate-to-admin`]: 'true' }),
  aggregated('view', { [`${RBAC}/aggregate-to-edit`]: 'true' }),
  role('system:aggregate-to-admin', [...ADMIN_RULES], 'admin'),
  role('system:aggregate-to-edit', [...EDIT_RULES], 'edit'),
  role('system:aggregate-to-view', [...VIEW_RULES], 'view'),
  role('system:basic-user', [
    on(['create'], 'authorization.k8s.io', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
    on(['create'], 'authentication.k8s.io', 'selfsubjectreviews'),
  ]),
  role('system:discovery', [
    paths('/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez'),
    paths('/openapi', '/openapi/*', '/readyz', '/version', '/version/'),
  ]),
  role('system:public-info-viewer', [
    paths('/healthz', '/livez', '/readyz', '/version', '/version/'),
  ]),
  role('system:monitoring', [
    paths('/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/metrics/slis'),
    paths('/readyz', '/readyz/*'),
  ]),
  role('system:service-account-issuer-discovery', [
    paths('/.well-known/openid-configuration', '/.well-known/openid-configuration/'),
    paths('/openid/v1/jwks', '/openid/v1/jwks/'),
  ]),
  role('system:auth-delegator', [
    on(['create'], 'authentication.k8s.io', 'tokenreviews'),
    on(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
  ]),
  role('system:kubelet-api-admin', [
    on(READ, '', 'nodes'),
    on(['*'], '', 'nodes', 'nodes/proxy', 'nodes/log', 'nodes/metrics', 'nodes/stats'),
    on(['*'], '', 'nodes/configz', 'nodes/healthz', 'nodes/pods', 'nodes/statusz'),
  ]),
  role('system:node', nodeRules()),
]

/** What a kubelet needs. In the lab RBAC alone decides; a real cluster's Node authorizer is narrower. */
function nodeRules(): PolicyRule[] {
  return [
    on(['create'], 'authentication.k8s.io', 'tokenreviews'),
    on(['create'], 'authorization.k8s.io', 'subjectaccessreviews', 'localsubjectaccessreviews'),
    on(READ, '', 'services', 'namespaces'),
    on(['create', ...READ], '', 'nodes'),
    on(['patch', 'update'], '', 'nodes', 'nodes/status'),
    on(['create', 'delete', 'get', 'patch', 'update'], 'coordination.k8s.io', 'leases'),
    on(['create', 'patch', 'update'], '', 'events'),
    on(READ, '', 'pods', 'secrets', 'configmaps', 'serviceaccounts'),
    on(['get'], '', 'persistentvolumeclaims', 'persistentvolumes'),
    on(['create', 'delete'], '', 'pods'),
    on(['patch', 'update'], '', 'pods/status'),
    on(['create'], '', 'pods/eviction', 'serviceaccounts/token'),
  ]
}

function binding(name: string, ...groups: string[]): RoleBinding {
  return {
    kind: 'ClusterRoleBinding',
    apiVersion: `${RBAC}/v1`,
    metadata: { name, ...BOOTSTRAP },
    subjects: groups.map((group) => ({ kind: 'Group', apiGroup: RBAC, name: group })),
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
  }
}

export const BOOTSTRAP_BINDINGS: readonly RoleBinding[] = [
  binding('cluster-admin', 'system:masters'),
  binding('system:basic-user', 'system:authenticated'),
  binding('system:discovery', 'system:authenticated'),
  binding('system:public-info-viewer', 'system:authenticated', 'system:unauthenticated'),
  binding('system:service-account-issuer-discovery', 'system:serviceaccounts'),
  binding('system:monitoring', 'system:monitoring'),
  binding('system:node', 'system:nodes'),
  {
    ...binding('system:kubelet-api-admin'),
    subjects: [{ kind: 'User', apiGroup: RBAC, name: KUBELET_CLIENT_NAME }],
  },
]
