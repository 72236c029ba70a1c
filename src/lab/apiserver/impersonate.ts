import type { IncomingMessage } from 'node:http'
import type { RbacAuthorizer, UserInfo } from '../../kube/index.ts'
import { refusals } from './refusals.ts'

/** Acts for somebody else (`kubectl --as`), when the caller may: verb `impersonate` on users, groups, serviceaccounts. */
export function impersonate(
  request: IncomingMessage,
  user: UserInfo,
  authorizer: RbacAuthorizer,
): UserInfo {
  const header = (name: string): string[] => request.headersDistinct[name] ?? []
  const [username] = header('impersonate-user')
  const groups = header('impersonate-group')
  const others = Object.keys(request.headers).some((name) => /^impersonate-(uid|extra-)/.test(name))
  if (username === undefined && groups.length === 0 && !others) return user
  if (username === undefined || others) {
    throw refusals.badRequest('requested impersonation without impersonating a user')
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username)
  const check = (resource: string, name: string, namespace?: string): void => {
    const asked = { kind: 'resource', verb: 'impersonate', resource, name, group: '' } as const
    const wanted = namespace === undefined ? asked : { ...asked, namespace }
    if (authorizer.authorize(user, wanted).allowed) return
    const where =
      namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
    throw refusals.forbidden(
      { group: '', plural: resource },
      name,
      `User "${user.username}" cannot impersonate resource "${resource}" in API group "" ${where}`,
    )
  }
  if (account) check('serviceaccounts', account[2] ?? '', account[1] ?? '')
  else check('users', username)
  for (const group of groups) check('groups', group)
  const implied = account
    ? ['system:serviceaccounts', `system:serviceaccounts:${account[1] ?? ''}`]
    : []
  const everybody = username === 'system:anonymous' ? [] : ['system:authenticated']
  const all = groups.length > 0 ? groups : implied
  return { username, groups: [...new Set([...all, ...everybody])] }
}
