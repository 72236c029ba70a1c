import type { IncomingMessage } from 'node:http'
import type { RbacAuthorizer, UserInfo } from '../../kube/index.ts'
import { PlainRefusal } from './plain-refusal.ts'
import { refusals } from './refusals.ts'

const AUTHENTICATION = 'authentication.k8s.io'
const EXTRA = 'impersonate-extra-'

/** Whom a request wants to be, of its headers. */
interface Wanted {
  readonly username: string | undefined
  readonly groups: readonly string[]
  readonly uid: string | undefined
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/**
 * Acts for somebody else (`kubectl --as`), when the caller may: verb `impersonate` on users, groups, serviceaccounts,
 * uids and userextras. Source: apiserver/pkg/endpoints/filters/impersonation.go.
 */
export function impersonate(
  request: IncomingMessage,
  user: UserInfo,
  authorizer: RbacAuthorizer,
): UserInfo {
  const { username, groups, uid, extra } = readWanted(request)
  const isMore = groups.length > 0 || uid !== undefined || Object.keys(extra).length > 0
  if (username === undefined && !isMore) return user
  if (username === undefined) throw withoutUser(request, { username, groups, uid, extra })
  confirm(createCheck(user, authorizer), username, { groups, uid, extra })
  return becoming(username, { groups, uid, extra })
}

type Rest = Omit<Wanted, 'username'>

const accountOf = (username: string): readonly [namespace: string, name: string] | undefined => {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? []
  return namespace === undefined || name === undefined ? undefined : [namespace, name]
}

/** Asks for every part of whom the request wants to be. */
function confirm(check: (target: Target) => void, username: string, rest: Rest): void {
  const account = accountOf(username)
  if (account) check({ resource: 'serviceaccounts', name: account[1], namespace: account[0] })
  else check({ resource: 'users', name: username })
  for (const name of rest.groups) check({ resource: 'groups', name })
  for (const [subresource, values] of Object.entries(rest.extra)) {
    for (const name of values) {
      check({ group: AUTHENTICATION, resource: 'userextras', subresource, name })
    }
  }
  if (rest.uid !== undefined) check({ group: AUTHENTICATION, resource: 'uids', name: rest.uid })
}

/** The user with the groups that belong to the name, when none is wished for. */
function becoming(username: string, { groups, uid, extra }: Rest): UserInfo {
  const account = accountOf(username)
  const implied = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[0]}`] : []
  const everybody = username === 'system:anonymous' ? [] : ['system:authenticated']
  const all = groups.length > 0 ? groups : implied
  return {
    username,
    groups: [...new Set([...all, ...everybody])],
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra: extra as Record<string, string[]> }),
  }
}

function readWanted(request: IncomingMessage): Wanted {
  const header = (name: string): string[] => request.headersDistinct[name] ?? []
  const extra = Object.keys(request.headers).filter((name) => name.startsWith(EXTRA))
  return {
    username: header('impersonate-user')[0],
    groups: header('impersonate-group'),
    uid: header('impersonate-uid')[0],
    extra: Object.fromEntries(
      extra.map((name) => [decodeKey(name.slice(EXTRA.length)), header(name)]),
    ),
  }
}

/** Keys are escaped as in URLs; one that is not stays as it is. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** The kube-apiserver's words, with Go's print-out of what was wished for. */
function withoutUser(request: IncomingMessage, { groups, uid, extra }: Wanted): PlainRefusal {
  const version = `${AUTHENTICATION}/v1`
  const wishes = [
    ...groups.map((name) => `{Group  ${name}    }`),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((name) => `{UserExtra  ${name}  ${version}  ${key}}`),
    ),
    ...(uid === undefined ? [] : [`{UID  ${uid}  ${version}  }`]),
  ]
  const why = `requested [${wishes.join(' ')}] without impersonating a user`
  return new PlainRefusal(500, `Internal Server Error: ${JSON.stringify(request.url)}: ${why}\n`)
}

interface Target {
  readonly group?: string
  readonly resource: string
  readonly subresource?: string
  readonly name: string
  readonly namespace?: string
}

function createCheck(user: UserInfo, authorizer: RbacAuthorizer): (target: Target) => void {
  return ({ group = '', resource, subresource, name, namespace }) => {
    const asked = {
      kind: 'resource',
      verb: 'impersonate',
      group,
      resource,
      name,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
    } as const
    if (authorizer.authorize(user, asked).allowed) return
    const what = subresource === undefined ? resource : `${resource}/${subresource}`
    const where =
      namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
    throw refusals.forbidden(
      { group, plural: resource },
      name,
      `User "${user.username}" cannot impersonate resource "${what}" in API group "${group}" ${where}`,
    )
  }
}
