import { readFileSync } from 'node:fs'
import { SubletError, type Clock, type Logger } from '../core/index.ts'
import { createSelfReviewer, type SelfReviewer, type UserInfo } from '../kube/index.ts'
import type { TenantConfig } from './config.ts'
import { LIMITS } from './limits.ts'
import { createTenantKeys, type TenantKeys } from './tenant-keys.ts'
import { createTtlCache, type TtlCache } from './ttl-cache.ts'

export type Known =
  | { readonly kind: 'user'; readonly user: UserInfo }
  | { readonly kind: 'refused'; readonly why: string }
export type Access = 'allowed' | 'denied'

/** A tenant and everything that is remembered about it; nothing of one tenant is in another's object. */
export interface GatewayTenant extends AsyncDisposable {
  readonly config: TenantConfig
  /** Its slice's number: its place in the configuration. */
  readonly slice: number
  readonly keys: TenantKeys
  /** Asks this tenant's own API server, and no other. */
  readonly reviewer: SelfReviewer
  /** By keyed hash of the token. */
  readonly users: TtlCache<Known>
  /** By keyed hash of the token and subresource. */
  readonly access: TtlCache<Access>
}

/** Throws E_CONFIG when the tenant's CA file cannot be read. */
export function createGatewayTenant(
  config: TenantConfig,
  slice: number,
  { clock, log }: { clock: Clock; log: Logger },
): GatewayTenant {
  const ca = config.api.caFile === undefined ? undefined : readPem(config.api.caFile)
  const keys = createTenantKeys({ tenant: config, ca, clock, log })
  const reviewer = createSelfReviewer({
    server: config.api.url,
    ca,
    timeoutMs: LIMITS.reviewTimeoutMs,
    userAgent: 'sublet-gateway',
  })
  return {
    config,
    slice,
    keys,
    reviewer,
    users: createTtlCache({ maxEntries: LIMITS.cacheEntries, clock }),
    access: createTtlCache({ maxEntries: LIMITS.cacheEntries, clock }),
    async [Symbol.asyncDispose]() {
      await Promise.all([keys[Symbol.asyncDispose](), reviewer[Symbol.asyncDispose]()])
    },
  }
}

export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SubletError('E_CONFIG', `${path} cannot be read`, { cause })
  }
}
