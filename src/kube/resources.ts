import { resource, type Resource } from './define-resource.ts'

export type { Resource } from './define-resource.ts'
export { apiVersionOf, pathOf } from './resource-path.ts'

export const NAMESPACES: Resource = resource('v1', 'Namespace', 'namespaces', false, ['ns'])
export const NODES: Resource = resource('v1', 'Node', 'nodes', false, ['no'])
export const PODS: Resource = resource('v1', 'Pod', 'pods', true, ['po'])
export const SECRETS: Resource = resource('v1', 'Secret', 'secrets', true)
export const CONFIGMAPS: Resource = resource('v1', 'ConfigMap', 'configmaps', true, ['cm'])
export const SERVICEACCOUNTS: Resource = resource('v1', 'ServiceAccount', 'serviceaccounts', true, [
  'sa',
])
export const SERVICES: Resource = resource('v1', 'Service', 'services', true, ['svc'])
export const EVENTS: Resource = resource('v1', 'Event', 'events', true, ['ev'])
export const DAEMONSETS: Resource = resource('apps/v1', 'DaemonSet', 'daemonsets', true, ['ds'])
export const ROLES: Resource = resource('rbac.authorization.k8s.io/v1', 'Role', 'roles', true)
export const ROLEBINDINGS: Resource = resource(
  'rbac.authorization.k8s.io/v1',
  'RoleBinding',
  'rolebindings',
  true,
)
export const CLUSTERROLES: Resource = resource(
  'rbac.authorization.k8s.io/v1',
  'ClusterRole',
  'clusterroles',
  false,
)
export const CLUSTERROLEBINDINGS: Resource = resource(
  'rbac.authorization.k8s.io/v1',
  'ClusterRoleBinding',
  'clusterrolebindings',
  false,
)
export const TOKENREVIEWS: Resource = resource(
  'authentication.k8s.io/v1',
  'TokenReview',
  'tokenreviews',
  false,
)
export const SELFSUBJECTREVIEWS: Resource = resource(
  'authentication.k8s.io/v1',
  'SelfSubjectReview',
  'selfsubjectreviews',
  false,
)
export const SUBJECTACCESSREVIEWS: Resource = resource(
  'authorization.k8s.io/v1',
  'SubjectAccessReview',
  'subjectaccessreviews',
  false,
)
export const SELFSUBJECTACCESSREVIEWS: Resource = resource(
  'authorization.k8s.io/v1',
  'SelfSubjectAccessReview',
  'selfsubjectaccessreviews',
  false,
)
export const SELFSUBJECTRULESREVIEWS: Resource = resource(
  'authorization.k8s.io/v1',
  'SelfSubjectRulesReview',
  'selfsubjectrulesreviews',
  false,
)
