import { SubletError } from '../core/index.ts'

/** A resource of the API: where it lives and how it is called. */
export interface Resource {
  /** `''` is the core group. */
  readonly group: string
  readonly version: string
  /** Plural, lower case: `pods`. */
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
}

function resource(
  groupVersion: string,
  kind: string,
  plural: string,
  namespaced: boolean,
  shortNames: readonly string[] = [],
): Resource {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  return {
    group: group ?? '',
    version: version ?? 'v1',
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced,
    shortNames,
  }
}

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

/** `v1` or `apps/v1`. */
export function apiVersionOf(of: Resource): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`
}

/** The request path of a collection or, with a name, of one object: `/apis/apps/v1/namespaces/a/daemonsets/b`. E_INPUT for the names `''`, `.` and `..`. */
export function pathOf(
  of: Resource,
  key: {
    namespace?: string | undefined
    name?: string | undefined
    subresource?: string | undefined
  } = {},
): string {
  const root = of.group === '' ? `/api/${of.version}` : `/apis/${of.group}/${of.version}`
  const namespace = of.namespaced && key.namespace ? `/namespaces/${segment(key.namespace)}` : ''
  const name = key.name === undefined ? '' : `/${segment(key.name)}`
  const subresource = key.subresource === undefined ? '' : `/${key.subresource}`
  return `${root}${namespace}/${of.plural}${name}${subresource}`
}

/** One segment of a path. An empty name would ask for the whole collection, dots for something else altogether. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new SubletError('E_INPUT', `"${name}" is not the name of an object`)
  }
  return encodeURIComponent(name)
}
