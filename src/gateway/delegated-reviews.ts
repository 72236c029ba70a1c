import { describeError, SubletError } from '../core/index.ts'
import { reviewAccess, reviewToken } from '../kube/index.ts'
import type { ReviewAccess } from './access-config.ts'
import { createDelegator } from './delegator.ts'
import { everyAccess, wantedAccess } from './namespace-tenants.ts'
import type { TenantReviews, TenantReviewsOptions } from './tenant-reviews.ts'

/**
 * `access: review`: TokenReview and SubjectAccessReview with a credential that may do just that in the tenant's cluster
 * (`system:auth-delegator`). Tokens for other audiences and users with certificates can be reviewed, too.
 */
export function createDelegatedReviews(
  access: ReviewAccess,
  { tenant, clock, log }: TenantReviewsOptions,
): TenantReviews {
  const { audiences } = access
  const delegator = createDelegator(access, clock)
  let lastFault = ''
  /** A delegator that cannot be used is no answer to anybody's question; the same fault is told once. */
  const unavailable = (error: unknown): { kind: 'unavailable'; why: string } => {
    const fault = describeError(error)
    if (fault !== lastFault) log.error({ tenant: tenant.name, fault }, 'reviews cannot be asked')
    lastFault = fault
    return { kind: 'unavailable', why: fault }
  }

  return {
    audiences,
    takesCertificates: true,
    async start(signal) {
      try {
        await delegator.client(signal)
      } catch (error) {
        if (error instanceof SubletError && error.code === 'E_CONFIG') throw error
        unavailable(error)
      }
    },
    async whoIs(token, claims, signal) {
      const isForOthers = claims.aud !== undefined && !claims.aud.some((x) => audiences.includes(x))
      if (audiences.length > 0 && isForOthers) {
        return { kind: 'denied', why: 'the token is for another audience' }
      }
      try {
        const client = await delegator.client(signal)
        const options = audiences.length > 0 ? { audiences, signal } : { signal }
        return await reviewToken(client, token, options)
      } catch (error) {
        return unavailable(error)
      }
    },
    async mayRead({ user }, node, signal) {
      try {
        const client = await delegator.client(signal)
        return await everyAccess(wantedAccess(tenant, node), (wanted) =>
          reviewAccess(client, user, wanted, signal),
        )
      } catch (error) {
        return unavailable(error)
      }
    },
    [Symbol.asyncDispose]: () => delegator[Symbol.asyncDispose](),
  }
}
