import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  ROLEBINDINGS,
  ROLES,
  createRbacAuthorizer,
  type AccessAttributes,
  type KubeObject,
  type RbacAuthorizer,
  type Resource,
  type Role,
  type RoleBinding,
  type UserInfo,
} from '../../kube/index.ts'
import { refusals } from './refusals.ts'
import type { RequestInfo } from './request-info.ts'
import type { Store } from './store.ts'

/** RBAC over the live objects of a store. */
export function createStoreAuthorizer(store: Store): RbacAuthorizer {
  let version = 0
  for (const of of [ROLES, ROLEBINDINGS, CLUSTERROLES, CLUSTERROLEBINDINGS]) {
    store.follow(of, store.revision(), () => {
      version += 1
    })
  }
  const all = <T extends KubeObject>(of: Resource, namespace?: string): T[] =>
    store.list(of, namespace).map(({ object }) => object as T)
  return createRbacAuthorizer({
    roles: (namespace) => all<Role>(ROLES, namespace),
    roleBindings: (namespace) => all<RoleBinding>(ROLEBINDINGS, namespace),
    clusterRoles: () => all<Role>(CLUSTERROLES),
    clusterRoleBindings: () => all<RoleBinding>(CLUSTERROLEBINDINGS),
    version: () => version,
  })
}

/** What a request wants, in the authorizer's words. */
export function attributesOf(info: RequestInfo): AccessAttributes {
  if (!info.isResource) return { kind: 'nonResource', path: info.path, verb: info.verb }
  const { verb, group, version, resource, subresource, name, namespace } = info
  return {
    kind: 'resource',
    verb,
    group,
    version,
    resource,
    subresource,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  }
}

/** Throws Forbidden, which says who may not do what and where, as a kube-apiserver does. */
export function authorizeRequest(
  authorizer: RbacAuthorizer,
  user: UserInfo,
  info: RequestInfo,
): void {
  const decision = authorizer.authorize(user, attributesOf(info))
  if (decision.allowed) return
  if (!info.isResource) throw refusals.forbiddenPath(user.username, info.verb, info.path)
  const { resource, subresource, group, namespace, name, verb } = info
  const what = subresource === '' ? resource : `${resource}/${subresource}`
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const reason = decision.reason === '' ? '' : `: ${decision.reason}`
  throw refusals.forbidden(
    { group, plural: resource },
    name,
    `User "${user.username}" cannot ${verb} resource "${what}" in API group "${group}" ${where}${reason}`,
  )
}
