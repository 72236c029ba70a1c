import type { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SubletError, type Clock, type Logger } from '../core/index.ts'
import type { UserInfo } from '../kube/index.ts'
import { parseAuthorities } from './client-certificates.ts'
import type { TenantConfig } from './config.ts'
import { LIMITS } from './limits.ts'
import { createTenantKeys, type TenantKeys } from './tenant-keys.ts'
import { createTenantReviews, type TenantReviews } from './tenant-reviews.ts'
import { createTtlCache, type CacheObserver, type TtlCache } from './ttl-cache.ts'

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
  /** The authorities that sign this tenant's clients; none: it has no client certificates. */
  readonly clientCas: readonly X509Certificate[]
  /** Asks this tenant's own API server, and no other. */
  readonly reviews: TenantReviews
  /** By keyed hash of tenant, audiences and token. */
  readonly users: TtlCache<Known>
  /** By keyed hash of tenant, audiences and token, and by subresource. */
  readonly access: TtlCache<Access>
}

export interface GatewayTenantOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly observe?: (cache: 'users' | 'access') => CacheObserver
}

/** Throws E_CONFIG when one of the tenant's CA files cannot be used. */
export function createGatewayTenant(
  config: TenantConfig,
  slice: number,
  { clock, log, observe }: GatewayTenantOptions,
): GatewayTenant {
  const maxEntries = LIMITS.cacheEntries
  const { ca: given, caFile } = config.api
  const ca = given ?? (caFile === undefined ? undefined : readPem(caFile))
  const keys = createTenantKeys({ tenant: config, ca, clock, log })
  const reviews = createTenantReviews({ tenant: config, ca, clock, log })
  const clientCas =
    config.clientCaFile === undefined
      ? []
      : parseAuthorities(readPem(config.clientCaFile), config.clientCaFile)
  if (clientCas.length > 0 && !reviews.takesCertificates) {
    log.warn({ tenant: config.name }, 'clientCaFile: access: self takes no client certificates')
  }
  return {
    config,
    slice,
    keys,
    clientCas,
    reviews,
    users: createTtlCache({ maxEntries, clock, observe: observe?.('users') }),
    access: createTtlCache({ maxEntries, clock, observe: observe?.('access') }),
    async [Symbol.asyncDispose]() {
      await Promise.all([keys[Symbol.asyncDispose](), reviews[Symbol.asyncDispose]()])
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
