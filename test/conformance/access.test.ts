import { onEachExchange } from './each-exchange.ts'
import type { Exchange } from './exchange.ts'
import { ROLEBINDINGS, ROLES } from '../../src/kube/index.ts'

/**
 * Who may do what: reviews of access, RBAC's corner cases, what it refuses to grant, impersonation. The user `reader`
 * may, in the case's namespace, what ROLE_RULES says; the administrator acts as him by impersonation.
 */

const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}'
const REVIEWS = '/apis/authorization.k8s.io/v1'
const as = (user: string, ...groups: string[]): Record<string, string> => ({
  'impersonate-user': user,
  ...(groups.length === 0 ? {} : { 'impersonate-group': groups.join() }),
})
const READER = as('reader-{ns}')

const ROLE_RULES = [
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['one'],
    verbs: ['get', 'list', 'watch', 'update', 'delete', 'deletecollection', 'create'],
  },
  { apiGroups: [''], resources: ['pods/log', 'pods/exec'], verbs: ['get', 'create'] },
  { apiGroups: ['apps'], resources: ['*'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['*/status'], verbs: ['get'] },
  { apiGroups: ['*'], resources: ['services'], verbs: ['list'] },
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['roles', 'rolebindings'],
    verbs: ['create', 'update', 'patch'],
  },
]

interface Attributes {
  readonly namespace?: string
  readonly verb: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly name?: string
}

/** A question about the reader, asked by the administrator. */
const may = (title: string, attributes: Attributes): Exchange => ({
  title: `may the reader ${title}?`,
  method: 'POST',
  path: `${REVIEWS}/subjectaccessreviews`,
  body: { spec: { user: 'reader-{ns}', resourceAttributes: { namespace: '{ns}', ...attributes } } },
})
const mayPath = (
  title: string,
  user: string,
  groups: string[],
  path: string,
  verb = 'get',
): Exchange => ({
  title: `path: ${title}`,
  method: 'POST',
  path: `${REVIEWS}/subjectaccessreviews`,
  body: { spec: { user, groups, nonResourceAttributes: { path, verb } } },
})
const asReader = (title: string, path: string, method = 'GET', body?: unknown): Exchange => ({
  title: `the reader: ${title}`,
  method,
  path,
  headers: READER,
  ...(body === undefined ? {} : { body }),
})
const role = (name: string, ...rules: object[]): object => ({ metadata: { name }, rules })
const binding = (name: string, kind: string, roleName: string): object => ({
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: roleName },
  subjects: [{ kind: 'User', name: 'x' }],
})

onEachExchange(
  'access',
  [
    may('get the named', { verb: 'get', resource: 'configmaps', name: 'one' }),
    may('get another', { verb: 'get', resource: 'configmaps', name: 'two' }),
    may('list them all', { verb: 'list', resource: 'configmaps' }),
    may('list by the name', { verb: 'list', resource: 'configmaps', name: 'one' }),
    may('create the named', { verb: 'create', resource: 'configmaps', name: 'one' }),
    may('create without a name', { verb: 'create', resource: 'configmaps' }),
    may('delete the collection', { verb: 'deletecollection', resource: 'configmaps' }),
    may('get in another namespace', {
      verb: 'get',
      resource: 'configmaps',
      name: 'one',
      namespace: 'default',
    }),
    may('get pods by their log', { verb: 'get', resource: 'pods' }),
    may('get a log', { verb: 'get', resource: 'pods', subresource: 'log' }),
    may('get another subresource', { verb: 'get', resource: 'pods', subresource: 'attach' }),
    may('get deployments by the star', { verb: 'get', group: 'apps', resource: 'deployments' }),
    may('get the scale by the star', {
      verb: 'get',
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
    }),
    may('get a status by */status', {
      verb: 'get',
      group: 'batch',
      resource: 'jobs',
      subresource: 'status',
    }),
    may('get the object by */status', { verb: 'get', group: 'batch', resource: 'jobs' }),
    may('list in any group', { verb: 'list', group: 'example.com', resource: 'services' }),
    may('ask for everything', { verb: '*', group: '*', resource: '*' }),
    may('use an unknown verb', { verb: 'paint', group: 'apps', resource: 'deployments' }),
    mayPath('healthz as an authenticated user', 'u', ['system:authenticated'], '/healthz'),
    mayPath('below /api', 'u', ['system:authenticated'], '/api/v1'),
    mayPath('metrics', 'u', ['system:authenticated'], '/metrics'),
    mayPath('the version as nobody', 'system:anonymous', ['system:unauthenticated'], '/version'),
    mayPath('the version, posted', 'u', ['system:authenticated'], '/version', 'post'),
    mayPath('anything as a master', 'u', ['system:masters'], '/any/thing'),
    {
      title: 'review: nothing asked',
      method: 'POST',
      path: `${REVIEWS}/subjectaccessreviews`,
      body: { spec: { user: 'u' } },
    },
    {
      title: 'review: nobody asked about',
      method: 'POST',
      path: `${REVIEWS}/subjectaccessreviews`,
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    },
    {
      title: 'review: both asked',
      method: 'POST',
      path: `${REVIEWS}/subjectaccessreviews`,
      body: {
        spec: {
          user: 'u',
          resourceAttributes: { verb: 'get', resource: 'pods' },
          nonResourceAttributes: { path: '/', verb: 'get' },
        },
      },
    },
    {
      title: 'review: of another namespace',
      method: 'POST',
      path: `${REVIEWS}/namespaces/{ns}/localsubjectaccessreviews`,
      body: {
        spec: {
          user: 'u',
          resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' },
        },
      },
    },
    {
      title: 'review: a local one',
      method: 'POST',
      path: `${REVIEWS}/namespaces/{ns}/localsubjectaccessreviews`,
      body: {
        metadata: { namespace: '{ns}' },
        spec: {
          user: 'reader-{ns}',
          resourceAttributes: { namespace: '{ns}', verb: 'list', resource: 'services' },
        },
      },
    },
    {
      title: 'review: of a group alone',
      method: 'POST',
      path: `${REVIEWS}/subjectaccessreviews`,
      body: {
        spec: { groups: ['system:masters'], resourceAttributes: { verb: 'get', resource: 'pods' } },
      },
    },
    {
      title: 'self review as the reader',
      method: 'POST',
      path: `${REVIEWS}/selfsubjectaccessreviews`,
      body: {
        spec: { resourceAttributes: { namespace: '{ns}', verb: 'list', resource: 'services' } },
      },
      headers: READER,
    },
    {
      title: 'self review of nothing',
      method: 'POST',
      path: `${REVIEWS}/selfsubjectaccessreviews`,
      body: { spec: {} },
      headers: READER,
    },
    {
      title: 'self rules without a namespace',
      method: 'POST',
      path: `${REVIEWS}/selfsubjectrulesreviews`,
      body: { spec: {} },
      headers: READER,
    },
    asReader('get of the named', '/api/v1/namespaces/{ns}/configmaps/one'),
    asReader('get of another', '/api/v1/namespaces/{ns}/configmaps/two'),
    asReader('list', '/api/v1/namespaces/{ns}/configmaps'),
    asReader(
      'list by the field metadata.name',
      '/api/v1/namespaces/{ns}/configmaps?fieldSelector=metadata.name%3Done',
    ),
    asReader('list in all namespaces', '/api/v1/services'),
    asReader('list in the namespace', '/api/v1/namespaces/{ns}/services?limit=1'),
    asReader('create', '/api/v1/namespaces/{ns}/configmaps', 'POST', { metadata: { name: 'one' } }),
    asReader('a cluster-wide resource', '/api/v1/nodes/{node}'),
    asReader('node proxy', '/api/v1/nodes/{node}/proxy/pods'),
    asReader('a path', '/metrics'),
    asReader('an unknown resource', '/apis/example.com/v1/namespaces/{ns}/things'),
    asReader('another verb on an object', '/api/v1/namespaces/{ns}/configmaps/one', 'PATCH', {}),
    asReader(
      'a role of what he has',
      `${RBAC}/roles`,
      'POST',
      role('a', { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }),
    ),
    asReader(
      'a role of more',
      `${RBAC}/roles`,
      'POST',
      role(
        'b',
        { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'update'] },
      ),
    ),
    asReader(
      'a role of all names',
      `${RBAC}/roles`,
      'POST',
      role('c', { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }),
    ),
    asReader('a binding to what he has', `${RBAC}/rolebindings`, 'POST', binding('a', 'Role', 'a')),
    asReader(
      'a binding to more',
      `${RBAC}/rolebindings`,
      'POST',
      binding('b', 'ClusterRole', 'system:kubelet-api-admin'),
    ),
    asReader(
      'a binding to no role',
      `${RBAC}/rolebindings`,
      'POST',
      binding('c', 'Role', 'nothing'),
    ),
    {
      title: 'impersonation of a group alone',
      path: '/api/v1/namespaces/{ns}',
      headers: { 'impersonate-group': 'system:masters' },
    },
    {
      title: 'impersonation of a master',
      path: '/api/v1/namespaces/{ns}/configmaps/none',
      headers: as('u', 'system:masters'),
    },
    {
      title: 'impersonation of nobody',
      path: '/api/v1/namespaces/{ns}',
      headers: as('system:anonymous'),
    },
    {
      title: 'impersonation of an account',
      path: '/api/v1/namespaces/{ns}',
      headers: as('system:serviceaccount:{ns}:default'),
    },
    {
      title: 'access of an account',
      method: 'POST',
      path: `${REVIEWS}/selfsubjectaccessreviews`,
      headers: as('system:serviceaccount:{ns}:default'),
      body: { spec: { nonResourceAttributes: { path: '/api', verb: 'get' } } },
    },
  ],
  async ({ admin }, namespace) => {
    const user = {
      kind: 'User',
      apiGroup: 'rbac.authorization.k8s.io',
      name: `reader-${namespace}`,
    }
    await admin.create(ROLES, {
      metadata: { namespace, name: 'reader' },
      rules: ROLE_RULES,
    })
    await admin.create(ROLEBINDINGS, {
      metadata: { namespace, name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [user],
    })
  },
)
