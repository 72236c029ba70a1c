import { describe, expect, test } from 'vitest'
import type { PolicyRule } from '../../kube/index.ts'
import { ADMIN_RULES, EDIT_RULES, VIEW_RULES } from './bootstrap-user-roles.ts'
import { KINDS } from './kinds/index.ts'

const gives = (rules: readonly PolicyRule[], verb: string, group: string, name: string): boolean =>
  rules.some(
    ({ verbs, apiGroups = [], resources = [] }) =>
      verbs.includes(verb) && apiGroups.includes(group) && resources.includes(name),
  )

const namespaced = KINDS.map(({ resource }) => resource).filter(({ namespaced: is }) => is)
const without = (rules: readonly PolicyRule[], verb: string): string[] => [
  ...new Set(
    namespaced
      .filter(({ group, plural }) => !gives(rules, verb, group, plural))
      .map(({ group, plural }) => (group === '' ? plural : `${plural}.${group}`)),
  ),
]

describe('what users may do in their namespace', () => {
  test('view reads all but what escalates and what nobody has thought of', () => {
    expect(without(VIEW_RULES, 'list').sort()).toEqual([
      'events.events.k8s.io',
      'leases.coordination.k8s.io',
      'podtemplates',
      'rolebindings.rbac.authorization.k8s.io',
      'roles.rbac.authorization.k8s.io',
      'secrets',
    ])
    const verbs = new Set(VIEW_RULES.flatMap((rule) => rule.verbs))
    expect([...verbs].sort()).toEqual(['get', 'list', 'watch'])
  })

  test('edit writes what runs, and no access or quota', () => {
    expect(without(EDIT_RULES, 'create').sort()).toEqual([
      'controllerrevisions.apps',
      'endpoints',
      'endpointslices.discovery.k8s.io',
      'events.events.k8s.io',
      'limitranges',
      'podtemplates',
      'resourcequotas',
      'rolebindings.rbac.authorization.k8s.io',
      'roles.rbac.authorization.k8s.io',
    ])
  })

  test('admin gives roles', () => {
    expect(gives(ADMIN_RULES, 'update', 'rbac.authorization.k8s.io', 'roles')).toBe(true)
  })
})
