import { dnsLabelFault, dnsSubdomainFault, serviceAccountUsername } from '../kube/index.ts'
import type { YamlValue } from './yaml-reader.ts'

/** TokenReview and SubjectAccessReview with a kubeconfig of the gateway's own. */
export interface ReviewAccess {
  readonly kind: 'review'
  /** File name; should be bound to `system:auth-delegator` and no more. */
  readonly kubeconfig: string
  /** What tokens must be for; none: for the API server. */
  readonly audiences: readonly string[]
  /** Take a kubeconfig that may do everything. */
  readonly allowClusterAdmin: boolean
}

/** A list instead of questions. */
export interface OfflineAccess {
  readonly kind: 'offline'
  /** What tokens must be for. */
  readonly audiences: readonly string[]
  readonly allow: readonly AllowedUser[]
}

export interface AllowedUser {
  /** As Kubernetes names it: `system:serviceaccount:NAMESPACE:NAME`, or a certificate's CN. */
  readonly username: string
  /** Subresources of nodes. */
  readonly subresources: readonly string[]
}

export type AccessConfig = 'self' | ReviewAccess | OfflineAccess

/** What an agent reads. `proxy` is never among it: nobody is let in by it who is not listed for it. */
export const DEFAULT_SUBRESOURCES: readonly string[] = ['healthz', 'metrics', 'pods', 'stats']
const SUBRESOURCES: ReadonlySet<string> = new Set([...DEFAULT_SUBRESOURCES, 'proxy'])

/** `access` and what belongs to it: `delegator` to review, `allow` and `audiences` to offline. */
export function readAccess(
  item: YamlValue,
  file: (value: YamlValue) => string,
  defaultAudience: string,
): AccessConfig {
  const access = item.key('access')
  const [delegator, allow, audiences] = [
    item.key('delegator'),
    item.key('allow'),
    item.key('audiences'),
  ] as const
  const mode = access.text() ?? 'self'
  const only = (value: YamlValue, wanted: string): void => {
    if (!value.isNull && mode !== wanted) value.fault(`belongs to access: ${wanted}`)
  }
  only(delegator, 'review')
  only(allow, 'offline')
  only(audiences, 'offline')
  switch (mode) {
    case 'review':
      return readReview(delegator, file)
    case 'offline':
      return readOffline(allow, audiences, defaultAudience)
    case 'self':
      return 'self'
    default:
      access.fault('must be one of: self, review, offline')
      return 'self'
  }
}

function readReview(delegator: YamlValue, file: (value: YamlValue) => string): ReviewAccess {
  if (delegator.isNull) delegator.fault('is missing: access: review asks with its kubeconfig')
  const kubeconfig = delegator.key('kubeconfig')
  const access: ReviewAccess = {
    kind: 'review',
    kubeconfig: delegator.isNull ? '' : file(kubeconfig),
    audiences: texts(delegator.key('audiences')),
    allowClusterAdmin: delegator.key('allowClusterAdmin').flag() ?? false,
  }
  delegator.noOtherKeys()
  return access
}

function readOffline(
  allow: YamlValue,
  audiences: YamlValue,
  defaultAudience: string,
): OfflineAccess {
  const entries = allow.items().map(readAllowed)
  if (entries.length === 0) allow.fault('at least one account is needed: others are refused')
  return {
    kind: 'offline',
    audiences: audiences.isNull ? [defaultAudience] : texts(audiences),
    allow: entries,
  }
}

function readAllowed(entry: YamlValue): AllowedUser {
  const [user, namespace, name] = ['user', 'namespace', 'name'].map((key) => entry.key(key)) as [
    YamlValue,
    YamlValue,
    YamlValue,
  ]
  const listed = entry.key('subresources')
  const subresources = listed.isNull ? DEFAULT_SUBRESOURCES : texts(listed)
  for (const one of subresources) {
    if (SUBRESOURCES.has(one)) continue
    listed.fault(`"${one}" is none of: ${[...SUBRESOURCES].join(', ')}`)
  }
  entry.noOtherKeys()
  const names = [namespace.text() ?? '', name.text() ?? ''] as const
  if (!user.isNull) {
    if (!namespace.isNull || !name.isNull) entry.fault('give a user, or a namespace and a name')
    return { username: user.text() ?? '', subresources }
  }
  if (dnsLabelFault(names[0]) !== undefined) namespace.fault('must be a namespace')
  if (dnsSubdomainFault(names[1]) !== undefined) name.fault('must be the name of a service account')
  return { username: serviceAccountUsername(...names), subresources }
}

function texts(list: YamlValue): string[] {
  const items = list.items().map((item) => item.text() ?? '')
  if (!list.isNull && items.length === 0) list.fault('must not be empty')
  return items
}
