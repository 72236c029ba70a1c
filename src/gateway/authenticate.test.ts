import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger, systemClock, type Secret } from '../core/index.ts'
import { boundClaims, createTokenKey, jwksOf, signToken } from '../kube/index.ts'
import { createAuthenticator } from './authenticate.ts'
import type { TenantConfig } from './config.ts'
import { createGatewayTenant, type GatewayTenant } from './gateway-tenant.ts'

const log = createLogger('test', 'silent')
let dir: string
let token: Secret

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sublet-authenticate-'))
  const key = await createTokenKey()
  await writeFile(join(dir, 'jwks'), JSON.stringify(jwksOf([key])))
  const serviceAccount = { name: 'agent', uid: 'u' }
  const claims = { issuer: 'i', audiences: ['x', 'y'], namespace: 'datadog', serviceAccount }
  token = await signToken(key, boundClaims({ ...claims, lifetimeMs: 60_000 }))
})
afterAll(() => rm(dir, { recursive: true }))

function tenantOf(name: string, audiences: readonly string[]): GatewayTenant {
  const config: TenantConfig = {
    name,
    hostNamespaces: [name],
    vcluster: name,
    api: { url: undefined, caFile: undefined },
    keys: { kind: 'file', path: join(dir, 'jwks') },
    access: { kind: 'offline', audiences, allow: [] },
    nodeView: 'none',
  }
  return createGatewayTenant(config, 0, { clock: systemClock, log })
}

test('answers are remembered by tenant, audiences and keyed hash of the token; the token itself is in none', async () => {
  let now: readonly GatewayTenant[] = []
  const options = { tenants: () => now, clock: systemClock, log, signal: AbortSignal.abort() }
  const [one, two] = [createAuthenticator(options), createAuthenticator(options)]
  const keyFor = async (tenant: GatewayTenant, authenticate = one): Promise<string> => {
    now = [tenant]
    const none = { certificate: undefined, serverName: undefined, listenerOf: undefined }
    const who = await authenticate({ token, ...none })
    return who.kind === 'caller' ? who.caller.key : who.kind
  }
  const first = tenantOf('a', ['x'])
  const key = await keyFor(first)
  expect(first.users.has(key)).toBe(true)
  expect(await keyFor(tenantOf('a', ['x']))).toBe(key)
  const others = [
    await keyFor(tenantOf('b', ['x'])),
    await keyFor(tenantOf('a', ['x', 'y'])),
    await keyFor(tenantOf('a', ['y'])),
    // Another process has another key for its hashes.
    await keyFor(first, two),
  ]
  expect(new Set([key, ...others]).size).toBe(5)
  expect([key, ...others].join()).not.toMatch(/refused|unavailable/)
  expect(key).toHaveLength(44)
})
