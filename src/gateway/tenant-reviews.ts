import type { Clock, Logger, Secret } from '../core/index.ts'
import type { AccessReviewResult, SelfReviewResult, TokenClaims, UserInfo } from '../kube/index.ts'
import { createAllowList } from './allow-list.ts'
import type { TenantConfig } from './config.ts'
import { createDelegatedReviews } from './delegated-reviews.ts'
import { createOwnTokenReviews } from './own-token-reviews.ts'

/** Who somebody is that asks: `token` is undefined for who came with a client certificate. */
export interface ReviewedUser {
  readonly user: UserInfo
  readonly token: Secret | undefined
}

/** Who a tenant's callers are and what they may read, asked in the way that the tenant's `access` names. */
export interface TenantReviews extends AsyncDisposable {
  /** What tokens must be for; none: for the API server. A part of the key under which answers are remembered. */
  readonly audiences: readonly string[]
  /** Whether the access of a user without a token can be told. */
  readonly takesCertificates: boolean
  /** Throws E_CONFIG when the tenant must not be served so. An API server that is not there yet is no fault. */
  start(signal: AbortSignal): Promise<void>
  /** Whether the token is good NOW. Its signature is known to be this tenant's, and so are its claims. */
  whoIs(token: Secret, claims: TokenClaims, signal: AbortSignal): Promise<SelfReviewResult>
  /** Whether the user may `get` this subresource of the node in its own cluster. */
  mayRead(
    who: ReviewedUser,
    node: { readonly name: string; readonly subresource: string },
    signal: AbortSignal,
  ): Promise<AccessReviewResult>
}

export interface TenantReviewsOptions {
  readonly tenant: TenantConfig
  /** PEM of the authority of the tenant's API server. */
  readonly ca: string | undefined
  readonly clock: Clock
  readonly log: Logger
}

export function createTenantReviews(options: TenantReviewsOptions): TenantReviews {
  const { access } = options.tenant
  if (access === 'self') return createOwnTokenReviews(options)
  switch (access.kind) {
    case 'review':
      return createDelegatedReviews(access, options)
    case 'offline':
      return createAllowList(access)
  }
}
