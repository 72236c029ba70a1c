import { createHmac, randomBytes } from 'node:crypto'
import type { Secret } from '../core/index.ts'
import type { GatewayTenant } from './gateway-tenant.ts'

/** The only forms in which a credential is remembered: hashes under a key that lives as long as this object. */
export interface CredentialHash {
  /** Of these very bytes. */
  token(token: Secret): string
  /** Of a tenant's caller: another one for each tenant and each set of audiences. */
  caller(tenant: GatewayTenant, kind: 'token' | 'certificate', credential: string): string
}

export function createCredentialHash(): CredentialHash {
  const hashKey = randomBytes(32)
  const hash = (text: string): string => createHmac('sha256', hashKey).update(text).digest('base64')
  return {
    token: (token) => hash(token.reveal()),
    caller: ({ config, reviews }, kind, credential) =>
      hash(JSON.stringify([config.name, reviews.audiences, kind, credential])),
  }
}
