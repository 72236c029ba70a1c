import type { Secret } from '../core/index.ts'
import {
  createSelfReviewer,
  userOf,
  type SelfReviewer,
  type SelfReviewResult,
  type TokenClaims,
} from '../kube/index.ts'
import { LIMITS } from './limits.ts'
import { everyAccess, wantedAccess } from './namespace-tenants.ts'
import type { TenantReviews, TenantReviewsOptions } from './tenant-reviews.ts'

/** `access: self`: the tenant's API server is asked with the caller's own token; the gateway has no credential there. */
export function createOwnTokenReviews({ tenant, ca }: TenantReviewsOptions): TenantReviews {
  const reviewer = createSelfReviewer({
    server: tenant.api.url ?? '',
    ca,
    timeoutMs: LIMITS.reviewTimeoutMs,
    userAgent: 'sublet-gateway',
  })
  return {
    audiences: [],
    takesCertificates: false,
    start: () => Promise.resolve(),
    async whoIs(token, claims, signal) {
      const review = await reviewer.reviewSelf(token, signal)
      if (review.kind !== 'unavailable' || review.unsupported !== true) return review
      return nameBySubject(reviewer, token, claims, signal)
    },
    async mayRead({ token }, node, signal) {
      if (token === undefined) return { kind: 'denied', reason: 'there is no token to ask with' }
      return everyAccess(wantedAccess(tenant, node), (wanted) =>
        reviewer.reviewSelfAccess(token, wanted, signal),
      )
    },
    [Symbol.asyncDispose]: () => reviewer[Symbol.asyncDispose](),
  }
}

/**
 * Before Kubernetes 1.27 nothing says who a token is, but every question still says whether it is good (401 or not). The
 * name is then the `sub` that this tenant's key has signed.
 */
async function nameBySubject(
  reviewer: SelfReviewer,
  token: Secret,
  claims: TokenClaims,
  signal: AbortSignal,
): Promise<SelfReviewResult> {
  const user = userOf(claims)
  if (user === undefined) return { kind: 'denied', why: 'the token names no service account' }
  const question = { kind: 'nonResource', path: '/version', verb: 'get' } as const
  const review = await reviewer.reviewSelfAccess(token, question, signal)
  if (review.kind === 'unavailable') return review
  if (review.kind === 'denied' && review.unauthenticated === true) {
    return { kind: 'denied', why: review.reason }
  }
  return { kind: 'authenticated', user }
}
