import type { PolicyRule, ResourceAttributes, Subject, UserInfo } from './objects.ts'

/** What a request wants to do: something with a resource, or with a bare path of the API server. */
export type AccessAttributes =
  | ({ readonly kind: 'resource' } & Readonly<ResourceAttributes>)
  | { readonly kind: 'nonResource'; readonly path: string; readonly verb: string }

/** Whether one rule allows it. Source: plugin/pkg/auth/authorizer/rbac and pkg/apis/rbac/v1/evaluation_helpers.go. */
export function ruleAllows(rule: PolicyRule, wanted: AccessAttributes): boolean {
  if (!names(rule.verbs, wanted.verb)) return false
  if (wanted.kind === 'nonResource') return coversPath(rule.nonResourceURLs, wanted.path)
  return (
    names(rule.apiGroups, wanted.group ?? '') &&
    coversResource(rule.resources, wanted.resource, wanted.subresource ?? '') &&
    coversName(rule.resourceNames, wanted.name ?? '')
  )
}

function names(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value))
}

// `*` is everything, `*/scale` that subresource of everything; `pods/*` means nothing special, as upstream.
function coversResource(
  list: readonly string[] | undefined,
  resource: string,
  subresource: string,
): boolean {
  if (list === undefined) return false
  if (names(list, subresource === '' ? resource : `${resource}/${subresource}`)) return true
  return subresource !== '' && list.includes(`*/${subresource}`)
}

/** No names: all objects. With names a request without one (list, create) is not covered. */
function coversName(list: readonly string[] | undefined, name: string): boolean {
  return list === undefined || list.length === 0 || list.includes(name)
}

function coversPath(list: readonly string[] | undefined, path: string): boolean {
  return (list ?? []).some((entry) => {
    if (entry === '*' || entry === path) return true
    return entry.endsWith('*') && path.startsWith(entry.replace(/\*+$/, ''))
  })
}

/**
 * Under which key a subject is indexed: the user name or the group that it stands for. A ServiceAccount without a
 * namespace is in the binding's; in a ClusterRoleBinding it is nobody (undefined).
 */
export function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
      return userKey(subject.name)
    case 'Group':
      return groupKey(subject.name)
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace
      if (namespace === '') return undefined
      return userKey(`system:serviceaccount:${namespace}:${subject.name}`)
    }
    default:
      return undefined
  }
}

/** All keys that a user answers to. */
export function keysOf(user: UserInfo): string[] {
  return [userKey(user.username), ...(user.groups ?? []).map(groupKey)]
}

const userKey = (name: string): string => `u:${name}`
const groupKey = (name: string): string => `g:${name}`

/** A subject in a reason: `ServiceAccount "name/namespace"`, `Group "system:nodes"`. */
export function describeSubject(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind} ${quote(subject.name)}`
  return `${subject.kind} ${quote(`${subject.name}/${subject.namespace || bindingNamespace}`)}`
}

/** As Go's %q for the names that occur. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
