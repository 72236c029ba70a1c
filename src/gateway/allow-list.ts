import { userOf } from '../kube/index.ts'
import type { OfflineAccess } from './access-config.ts'
import type { TenantReviews } from './tenant-reviews.ts'

/**
 * `access: offline`: keys and a list, no network. Nobody can be asked whether the account, its Secret or its pod still
 * exist, so only tokens that expire are taken.
 */
export function createAllowList({ allow, audiences }: OfflineAccess): TenantReviews {
  const allowed = new Map<string, ReadonlySet<string>>()
  for (const { username, subresources } of allow) {
    allowed.set(username, new Set([...(allowed.get(username) ?? []), ...subresources]))
  }
  return {
    audiences,
    takesCertificates: true,
    start: () => Promise.resolve(),
    whoIs(_, claims) {
      const refuse = (why: string): ReturnType<TenantReviews['whoIs']> =>
        Promise.resolve({ kind: 'denied', why })
      if (claims.exp === undefined) return refuse('the token never expires')
      if (!(claims.aud ?? []).some((one) => audiences.includes(one))) {
        return refuse('the token is for another audience')
      }
      const user = userOf(claims)
      if (user === undefined) return refuse('the token names no service account')
      return Promise.resolve({ kind: 'authenticated', user })
    },
    mayRead({ user }, { subresource }) {
      const found = allowed.get(user.username)
      if (found?.has(subresource) === true) return Promise.resolve({ kind: 'allowed', reason: '' })
      const reason = found === undefined ? 'the user is not listed' : 'not listed for the user'
      return Promise.resolve({ kind: 'denied', reason })
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
