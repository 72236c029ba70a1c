import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PolicyRule, Role, RoleBinding, Subject } from './objects.ts'
import { aggregateClusterRoles } from './rbac-aggregation.ts'
import type { AccessAttributes } from './rbac-rules.ts'
import { createRbacAuthorizer, type AccessDecision, type RbacSource } from './rbac.ts'

const GROUP = 'rbac.authorization.k8s.io'

function role(name: string, rules: PolicyRule[], namespace?: string): Role {
  return { metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, rules }
}

function binding(
  name: string,
  kind: 'Role' | 'ClusterRole',
  roleName: string,
  subjects: Subject[],
): RoleBinding {
  return { metadata: { name }, subjects, roleRef: { apiGroup: GROUP, kind, name: roleName } }
}

function sourceOf(content: {
  roles?: Record<string, Role[]>
  roleBindings?: Record<string, RoleBinding[]>
  clusterRoles?: Role[]
  clusterRoleBindings?: RoleBinding[]
}): RbacSource {
  return {
    roles: (namespace) => content.roles?.[namespace] ?? [],
    roleBindings: (namespace) => content.roleBindings?.[namespace] ?? [],
    clusterRoles: () => content.clusterRoles ?? [],
    clusterRoleBindings: () => content.clusterRoleBindings ?? [],
  }
}

const AGENT = {
  username: 'system:serviceaccount:datadog:agent',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:datadog', 'system:authenticated'],
}

/** What one rule, bound to the agent in the whole cluster, says. */
function ask(rule: PolicyRule, wanted: AccessAttributes): boolean {
  const subject = { kind: 'ServiceAccount', namespace: 'datadog', name: 'agent' } as const
  const source = sourceOf({
    clusterRoles: [role('r', [rule])],
    clusterRoleBindings: [binding('b', 'ClusterRole', 'r', [subject])],
  })
  return createRbacAuthorizer(source).authorize(AGENT, wanted).allowed
}

const get = (
  resource: string,
  more: Partial<{
    subresource: string
    name: string
    group: string
    namespace: string
    verb: string
  }> = {},
): AccessAttributes => ({ kind: 'resource', verb: 'get', resource, ...more })
const path = (url: string, verb = 'get'): AccessAttributes => ({
  kind: 'nonResource',
  path: url,
  verb,
})

describe('rules', () => {
  const rule = (more: Partial<PolicyRule>): PolicyRule => ({
    verbs: ['get'],
    apiGroups: [''],
    resources: ['nodes'],
    ...more,
  })

  test.each<[string, PolicyRule, AccessAttributes, boolean]>([
    ['the very resource', rule({}), get('nodes'), true],
    ['another verb', rule({}), get('nodes', { verb: 'list' }), false],
    ['any verb', rule({ verbs: ['*'] }), get('nodes', { verb: 'list' }), true],
    ['another group', rule({}), get('nodes', { group: 'apps' }), false],
    ['any group', rule({ apiGroups: ['*'] }), get('nodes', { group: 'apps' }), true],
    ['no group at all', rule({ apiGroups: [] }), get('nodes'), false],
    [
      'a resource does not include its subresources',
      rule({}),
      get('nodes', { subresource: 'proxy' }),
      false,
    ],
    [
      'a subresource',
      rule({ resources: ['nodes/stats'] }),
      get('nodes', { subresource: 'stats' }),
      true,
    ],
    [
      'a subresource does not include its resource',
      rule({ resources: ['nodes/stats'] }),
      get('nodes'),
      false,
    ],
    [
      'another subresource',
      rule({ resources: ['nodes/stats'] }),
      get('nodes', { subresource: 'proxy' }),
      false,
    ],
    [
      'any resource includes subresources',
      rule({ resources: ['*'] }),
      get('nodes', { subresource: 'proxy' }),
      true,
    ],
    [
      'a subresource of any resource',
      rule({ resources: ['*/proxy'] }),
      get('nodes', { subresource: 'proxy' }),
      true,
    ],
    [
      'a subresource of any is not the resource',
      rule({ resources: ['*/proxy'] }),
      get('nodes'),
      false,
    ],
    [
      'resource/* means nothing',
      rule({ resources: ['nodes/*'] }),
      get('nodes', { subresource: 'proxy' }),
      false,
    ],
    ['a resource name', rule({ resourceNames: ['n1'] }), get('nodes', { name: 'n1' }), true],
    ['another resource name', rule({ resourceNames: ['n1'] }), get('nodes', { name: 'n2' }), false],
    ['a list has no name', rule({ resourceNames: ['n1'] }), get('nodes'), false],
    ['a path is no resource', rule({ verbs: ['*'], resources: ['*'] }), path('/metrics'), false],
    ['the very path', { verbs: ['get'], nonResourceURLs: ['/metrics'] }, path('/metrics'), true],
    ['a path below', { verbs: ['get'], nonResourceURLs: ['/metrics'] }, path('/metrics/x'), false],
    [
      'a path with a star',
      { verbs: ['get'], nonResourceURLs: ['/healthz/*'] },
      path('/healthz/etcd'),
      true,
    ],
    [
      'a star needs its prefix',
      { verbs: ['get'], nonResourceURLs: ['/healthz/*'] },
      path('/healthz'),
      false,
    ],
    ['any path', { verbs: ['get'], nonResourceURLs: ['*'] }, path('/x'), true],
    ['the verb of a path', { verbs: ['get'], nonResourceURLs: ['*'] }, path('/x', 'post'), false],
  ])('%s', (_name, given, wanted, expected) => {
    expect(ask(given, wanted)).toBe(expected)
  })
})

describe('bindings', () => {
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]
  const wanted = get('pods', { namespace: 'a', name: 'x' })

  const decide = (content: Parameters<typeof sourceOf>[0], user = AGENT): AccessDecision =>
    createRbacAuthorizer(sourceOf(content)).authorize(user, wanted)

  test('a reason names binding, role and subject', () => {
    const subject = { kind: 'ServiceAccount', namespace: 'datadog', name: 'agent' } as const
    expect(
      decide({
        clusterRoles: [role('y', rules)],
        clusterRoleBindings: [binding('x', 'ClusterRole', 'y', [subject])],
      }),
    ).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to ServiceAccount "agent/datadog"',
    })
    const group = { kind: 'Group', name: 'system:authenticated' } as const
    expect(
      decide({
        roles: { a: [role('y', rules, 'a')] },
        roleBindings: { a: [binding('x', 'Role', 'y', [group])] },
      }).reason,
    ).toBe('RBAC: allowed by RoleBinding "x/a" of Role "y" to Group "system:authenticated"')
  })

  test('a RoleBinding gives a ClusterRole in its namespace only', () => {
    const content = {
      clusterRoles: [role('y', rules)],
      roleBindings: {
        b: [binding('x', 'ClusterRole', 'y', [{ kind: 'User', name: AGENT.username }])],
      },
    } as const
    const authorizer = createRbacAuthorizer(sourceOf(content as never))
    expect(authorizer.authorize(AGENT, get('pods', { namespace: 'b' })).allowed).toBe(true)
    expect(authorizer.authorize(AGENT, get('pods', { namespace: 'a' })).allowed).toBe(false)
    expect(authorizer.authorize(AGENT, get('pods')).allowed).toBe(false)
  })

  test('a ServiceAccount without a namespace is of the binding’s, and nobody in a cluster binding', () => {
    const subjects: Subject[] = [{ kind: 'ServiceAccount', name: 'agent' }]
    const user = { username: 'system:serviceaccount:a:agent', groups: [] as string[] }
    const roles = { clusterRoles: [role('y', rules)] }
    const bound = [binding('x', 'ClusterRole', 'y', subjects)]
    expect(decide({ ...roles, roleBindings: { a: bound } }, user).allowed).toBe(true)
    expect(decide({ ...roles, roleBindings: { a: bound } }).allowed).toBe(false)
    expect(decide({ ...roles, clusterRoleBindings: bound }, user).allowed).toBe(false)
  })

  test('a user is no group, and a cluster binding cannot give a Role', () => {
    const name = 'system:authenticated'
    const roles = { clusterRoles: [role('y', rules)], roles: { '': [role('y', rules)] } }
    const asUser = [binding('x', 'ClusterRole', 'y', [{ kind: 'User', name }])]
    expect(decide({ ...roles, clusterRoleBindings: asUser }).allowed).toBe(false)
    const asRole = [binding('x', 'Role', 'y', [{ kind: 'Group', name }])]
    expect(decide({ ...roles, clusterRoleBindings: asRole }).allowed).toBe(false)
  })

  test('a role that does not exist is told, and does not stop the next binding', () => {
    const group = { kind: 'Group', name: 'system:authenticated' } as const
    const dangling = binding('x', 'ClusterRole', 'gone', [group])
    expect(decide({ clusterRoleBindings: [dangling] })).toEqual({
      allowed: false,
      reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    })
    const good = binding('z', 'ClusterRole', 'y', [group])
    const content = { clusterRoles: [role('y', rules)], clusterRoleBindings: [dangling, good] }
    expect(decide(content).allowed).toBe(true)
  })

  test('system:masters may do everything, and nobody else without a rule', () => {
    const master = { username: 'root', groups: ['system:masters'] }
    expect(decide({}, master)).toEqual({ allowed: true, reason: '' })
    expect(decide({})).toEqual({ allowed: false, reason: '' })
  })

  test('a source with a version is indexed once per version', () => {
    let version = 1
    let reads = 0
    const bindings: RoleBinding[] = []
    const authorizer = createRbacAuthorizer({
      ...sourceOf({ clusterRoles: [role('y', rules)] }),
      clusterRoleBindings: () => {
        reads++
        return bindings
      },
      version: () => version,
    })
    expect(authorizer.authorize(AGENT, wanted).allowed).toBe(false)
    expect(authorizer.authorize(AGENT, wanted).allowed).toBe(false)
    expect(reads).toBe(1)
    bindings.push(binding('x', 'ClusterRole', 'y', [{ kind: 'User', name: AGENT.username }]))
    version = 2
    expect(authorizer.authorize(AGENT, wanted).allowed).toBe(true)
  })
})

describe('properties', () => {
  const word = fc.constantFrom('get', 'list', '*', 'a', 'b')
  const anyRule: fc.Arbitrary<PolicyRule> = fc.record({
    verbs: fc.array(word, { maxLength: 2 }),
    apiGroups: fc.array(fc.constantFrom('', 'apps', '*'), { maxLength: 2 }),
    resources: fc.array(fc.constantFrom('pods', 'nodes', 'pods/log', '*', '*/log'), {
      maxLength: 2,
    }),
    resourceNames: fc.array(word, { maxLength: 1 }),
    nonResourceURLs: fc.array(fc.constantFrom('/a', '/a/*', '*'), { maxLength: 1 }),
  })
  const request: fc.Arbitrary<AccessAttributes> = fc.oneof(
    fc.record({
      kind: fc.constant('resource' as const),
      verb: word,
      group: fc.constantFrom('', 'apps'),
      resource: fc.constantFrom('pods', 'nodes'),
      subresource: fc.constantFrom('', 'log'),
      name: word,
      namespace: fc.constantFrom('', 'a', 'b'),
    }),
    fc.record({
      kind: fc.constant('nonResource' as const),
      verb: word,
      path: fc.constantFrom('/a', '/a/b', '/c'),
    }),
  )

  const everything = (rules: PolicyRule[][], namespaced: boolean): RbacSource => {
    const group = { kind: 'Group', name: 'system:authenticated' } as const
    const clusterRoles = rules.map((list, at) => role(`r${at}`, list))
    const bindings = rules.map((_, at) => binding(`b${at}`, 'ClusterRole', `r${at}`, [group]))
    return sourceOf(
      namespaced
        ? { clusterRoles, roleBindings: { a: bindings } }
        : { clusterRoles, clusterRoleBindings: bindings },
    )
  }

  test('more rules never allow less', () => {
    const rules = fc.array(fc.array(anyRule, { maxLength: 2 }), { maxLength: 3 })
    fc.assert(
      fc.property(rules, rules, request, fc.boolean(), (some, more, wanted, namespaced) => {
        const few = createRbacAuthorizer(everything(some, namespaced)).authorize(AGENT, wanted)
        const many = createRbacAuthorizer(everything([...some, ...more], namespaced))
        if (few.allowed) expect(many.authorize(AGENT, wanted)).toEqual(few)
      }),
    )
  })

  test('what a RoleBinding gives, a ClusterRoleBinding gives too, and only in its namespace', () => {
    const rules = fc.array(fc.array(anyRule, { maxLength: 2 }), { maxLength: 3 })
    fc.assert(
      fc.property(rules, request, (given, wanted) => {
        const inside = createRbacAuthorizer(everything(given, true)).authorize(AGENT, wanted)
        const outside = createRbacAuthorizer(everything(given, false)).authorize(AGENT, wanted)
        if (!inside.allowed) return
        expect(outside.allowed).toBe(true)
        expect(wanted.kind === 'resource' && wanted.namespace).toBe('a')
      }),
    )
  })
})

describe('aggregation', () => {
  const label = (to: string): Record<string, string> => ({
    [`${GROUP}/aggregate-to-${to}`]: 'true',
  })
  const rule = (resource: string): PolicyRule => ({
    verbs: ['get'],
    apiGroups: [''],
    resources: [resource],
  })
  const aggregated = (name: string, labels: Record<string, string> = {}): Role => ({
    metadata: { name, labels },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: label(name) }] },
    rules: [rule('stale')],
  })
  const part = (name: string, to: string): Role => ({
    metadata: { name, labels: label(to) },
    rules: [rule(name)],
  })

  test('rules come from the selected roles, also through other aggregated ones', () => {
    const roles = [
      aggregated('admin'),
      aggregated('edit', label('admin')),
      part('b', 'edit'),
      part('a', 'edit'),
      part('c', 'admin'),
    ]
    const [admin, edit, same] = aggregateClusterRoles(roles)
    expect(edit?.rules).toEqual([rule('a'), rule('b')])
    expect(admin?.rules).toEqual([rule('c'), rule('a'), rule('b')])
    expect(same).toBe(roles[2])
    expect(roles[0]?.rules).toEqual([rule('stale')])
    const again = aggregateClusterRoles(aggregateClusterRoles(roles))
    expect(again).toEqual(aggregateClusterRoles(roles))
  })

  test('roles that select each other, or themselves, come to an end', () => {
    const one = aggregated('one', { ...label('two'), ...label('one') })
    const two = aggregated('two', label('one'))
    expect(aggregateClusterRoles([one, two, part('a', 'one')])[1]?.rules).toContainEqual(rule('a'))
  })
})
