import {
  CLUSTERROLES,
  ROLES,
  ruleAllows,
  type AccessAttributes,
  type KubeObject,
  type PolicyRule,
  type Role,
  type RoleBinding,
} from '../../../kube/index.ts'
import type { ApiContext, ResourceRequest } from '../context.ts'
import { sameJson } from '../fields.ts'
import { refusals } from '../refusals.ts'

const RBAC_GROUP = 'rbac.authorization.k8s.io'

/**
 * Nobody grants what they do not have: a role may hold only rules that its writer holds (or the verb `escalate`), and a
 * binding may lead only to a role whose rules its writer holds (or the verb `bind`). Members of `system:masters` may do
 * either. Source: pkg/registry/rbac/…/policybased and pkg/registry/rbac/validation of kube-apiserver 1.36.
 */
export function confirmNoEscalation(
  { store, authorizer }: ApiContext,
  { kind: { resource }, user, info }: ResourceRequest,
  next: KubeObject,
  old?: KubeObject,
): void {
  if (resource.group !== RBAC_GROUP || authorizer === undefined) return
  if (user.groups?.includes('system:masters')) return
  const { namespace = '' } = info
  const name = next.metadata.name ?? ''
  const may = (verb: string, plural: string, which: string): boolean =>
    authorizer.authorize(user, {
      kind: 'resource',
      verb,
      group: RBAC_GROUP,
      version: 'v1',
      resource: plural,
      name: which,
      namespace,
    }).allowed
  const rulesToGrant = (): readonly PolicyRule[] => {
    if (resource.plural.endsWith('roles')) {
      if (old && sameJson(next['rules'], old['rules'])) return []
      return may('escalate', resource.plural, name) ? [] : ((next as Role).rules ?? [])
    }
    const { roleRef, subjects } = next as RoleBinding
    if (old && sameJson([roleRef, subjects], [old['roleRef'], old['subjects']])) return []
    const of = roleRef.kind === 'ClusterRole' ? CLUSTERROLES : ROLES
    if (may('bind', of.plural, roleRef.name)) return []
    const role = store.get(of, of.namespaced ? namespace : undefined, roleRef.name)
    if (role === undefined) throw refusals.notFound(of, roleRef.name)
    return (role.object as Role).rules ?? []
  }
  const missing = notHeld(authorizer.rulesFor(user, namespace), rulesToGrant())
  if (missing.length === 0) return
  const groups = (user.groups ?? []).map((group) => JSON.stringify(group)).join(' ')
  const why = `user "${user.username}" (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}`
  throw refusals.forbidden(resource, name, why)
}

/** The parts of the rules that are not held, in a kube-apiserver's words, sorted. */
function notHeld(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): string[] {
  const missing = new Map<string, string[]>()
  for (const { where, verb, attributes } of wanted.flatMap(atomsOf)) {
    if (held.some((rule) => ruleAllows(rule, attributes))) continue
    const verbs = missing.get(where) ?? []
    if (!verbs.includes(verb)) verbs.push(verb)
    missing.set(where, verbs)
  }
  return [...missing].map(([where, verbs]) => `{${where}, Verbs:${listed(verbs)}}`).toSorted()
}

interface Atom {
  readonly where: string
  readonly verb: string
  readonly attributes: AccessAttributes
}

/** A rule in its smallest parts: one verb on one resource (and name), or on one path. */
function atomsOf(rule: PolicyRule): Atom[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  const onPaths = nonResourceURLs.flatMap((path) =>
    verbs.map((verb) => ({
      where: `NonResourceURLs:${listed([path])}`,
      verb,
      attributes: { kind: 'nonResource' as const, path, verb },
    })),
  )
  const names = resourceNames.length === 0 ? [''] : resourceNames
  const onResources = apiGroups.flatMap((group) =>
    resources.flatMap((each) =>
      names.flatMap((name) => verbs.map((verb) => onResource(group, each, name, verb))),
    ),
  )
  return [...onResources, ...onPaths]
}

function onResource(group: string, each: string, name: string, verb: string): Atom {
  const [resource = '', subresource = ''] = each.split('/')
  const named = name === '' ? '' : `, ResourceNames:${listed([name])}`
  return {
    where: `APIGroups:${listed([group])}, Resources:${listed([each])}${named}`,
    verb,
    attributes: { kind: 'resource', verb, group, version: 'v1', resource, subresource, name },
  }
}

const listed = (texts: readonly string[]): string =>
  `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`
