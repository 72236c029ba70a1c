import { beforeAll, describe, expect, test } from 'vitest'
import { createLogger, manualClock, type Secret } from '../core/index.ts'
import {
  boundClaims,
  createTokenKey,
  signToken,
  type TokenKey,
  type VerificationKey,
} from '../kube/index.ts'
import { createCredentialHash } from './credential-hash.ts'
import type { GatewayTenant } from './gateway-tenant.ts'
import { createKnownTokens } from './known-tokens.ts'
import { LIMITS } from './limits.ts'
import { createTokenOwners, type TokenOwner } from './tenant-of-token.ts'

const log = createLogger('test', 'silent')
const clock = manualClock()
let [key, otherKey]: TokenKey[] = []

beforeAll(async () => {
  ;[key, otherKey] = await Promise.all([createTokenKey(), createTokenKey()])
})

/** As far as the owner of a token is concerned. */
function tenantOf(name: string, current: readonly VerificationKey[]): FakeTenant {
  const keys = { current, isFresh: true, mayLag: false, refresh: () => Promise.resolve() }
  return { config: { name, vcluster: name }, reviews: { audiences: [] }, keys } as never
}

interface FakeTenant extends GatewayTenant {
  readonly keys: GatewayTenant['keys'] & { current: readonly VerificationKey[] }
}

/** The same key; says how often it was reached for. */
function counted({ kid, alg, publicKey }: VerificationKey): VerificationKey & { uses: number } {
  return {
    kid,
    alg,
    uses: 0,
    get publicKey() {
      this.uses++
      return publicKey
    },
  }
}

function ownersOf(state: { tenants: readonly GatewayTenant[] }): {
  (token: Secret, only?: GatewayTenant): Promise<TokenOwner>
} {
  return createTokenOwners({
    tenants: () => state.tenants,
    clock,
    log,
    hash: createCredentialHash(),
  })
}

const tokenOf = (
  signer: TokenKey | undefined,
  name: string,
  lifetimeMs = 600_000,
): Promise<Secret> =>
  signToken(
    signer as TokenKey,
    boundClaims({
      issuer: 'i',
      audiences: ['a'],
      namespace: 'n',
      serviceAccount: { name, uid: 'u' },
      lifetimeMs,
      clock,
    }),
  )

const nameOf = (owner: TokenOwner): string => (owner.ok ? owner.tenant.config.name : owner.why)

describe('whose a token is', () => {
  test('is verified once for the same bytes; a token that differs in one is another', async () => {
    const used = counted(key as TokenKey)
    const ownerOf = ownersOf({ tenants: [tenantOf('k8s1', [used]), tenantOf('k8s2', [])] })
    const token = await tokenOf(key, 'agent')
    const first = await ownerOf(token)
    const { uses } = used
    const second = await ownerOf(token)
    expect([nameOf(first), nameOf(second), used.uses]).toEqual(['k8s1', 'k8s1', uses])
    expect(second).toMatchObject({ ok: true, callerKey: first.ok ? first.callerKey : '' })
    expect(second.ok && second.claims().sub).toBe('system:serviceaccount:n:agent')
    const text = token.reveal()
    const last = text.endsWith('A') ? 'Q' : 'A'
    const changed = { ...token, reveal: () => `${text.slice(0, -1)}${last}` }
    expect((await ownerOf(changed)).ok).toBe(false)
    expect((await ownerOf(await tokenOf(key, 'another'))).ok).toBe(true)
  })

  test('a wrong signature is verified once in ten seconds', async () => {
    const used = counted(key as TokenKey)
    const ownerOf = ownersOf({ tenants: [tenantOf('k8s1', [used])] })
    const [head, claims] = (await tokenOf(key, 'agent')).reveal().split('.')
    const signature = Buffer.alloc(256, 1).toString('base64url')
    const forged = { ...(await tokenOf(key, 'x')), reveal: () => `${head}.${claims}.${signature}` }
    const why = nameOf(await ownerOf(forged))
    const { uses } = used
    expect([nameOf(await ownerOf(forged)), used.uses]).toEqual([why, uses])
    clock.advance(LIMITS.refusedTtlMs)
    expect(nameOf(await ownerOf(forged))).toBe(why)
    expect(used.uses).toBeGreaterThan(uses)
  })

  test('holds until the token’s second of expiry and not a millisecond longer', async () => {
    const ownerOf = ownersOf({ tenants: [tenantOf('k8s1', [key as TokenKey])] })
    clock.advance(1_000 - (clock.now() % 1_000))
    const token = await tokenOf(key, 'agent', 60_000)
    expect((await ownerOf(token)).ok).toBe(true)
    clock.advance(59_999)
    expect((await ownerOf(token)).ok).toBe(true)
    clock.advance(1)
    expect(nameOf(await ownerOf(token))).toBe('the token has expired')
  })

  test('ends with other keys of its tenant', async () => {
    const tenant = tenantOf('k8s1', [key as TokenKey])
    const ownerOf = ownersOf({ tenants: [tenant] })
    const token = await tokenOf(key, 'agent')
    expect((await ownerOf(token)).ok).toBe(true)
    tenant.keys.current = [otherKey as TokenKey]
    expect((await ownerOf(token)).ok).toBe(false)
    expect((await ownerOf(await tokenOf(otherKey, 'agent'))).ok).toBe(true)
  })

  test('ends when another tenant publishes the same key, under whatever id, and when such a tenant comes', async () => {
    const [one, two] = [tenantOf('k8s1', [key as TokenKey]), tenantOf('k8s2', [])]
    const state: { tenants: readonly GatewayTenant[] } = { tenants: [one, two] }
    const ownerOf = ownersOf(state)
    const token = await tokenOf(key, 'agent')
    expect((await ownerOf(token)).ok).toBe(true)
    two.keys.current = [{ ...(key as TokenKey), kid: 'another-id' }]
    expect((await ownerOf(token)).ok).toBe(false)
    two.keys.current = []
    expect((await ownerOf(token)).ok).toBe(true)
    state.tenants = [one, two, tenantOf('k8s3', [key as TokenKey])]
    expect((await ownerOf(token)).ok).toBe(false)
    state.tenants = [two]
    expect((await ownerOf(token)).ok).toBe(false)
  })

  test('is not remembered when the keys change while the signature is verified', async () => {
    const tenant = tenantOf('k8s1', [key as TokenKey])
    const ownerOf = ownersOf({ tenants: [tenant] })
    const token = await tokenOf(key, 'agent')
    const asked = ownerOf(token)
    await Promise.resolve()
    tenant.keys.current = []
    await asked
    expect((await ownerOf(token)).ok).toBe(false)
  })

  test('at another tenant’s door it is refused, known or not', async () => {
    const [one, two] = [tenantOf('k8s1', [key as TokenKey]), tenantOf('k8s2', [])]
    const ownerOf = ownersOf({ tenants: [one, two] })
    const token = await tokenOf(key, 'agent')
    expect((await ownerOf(token, two)).ok).toBe(false)
    expect((await ownerOf(token, one)).ok).toBe(true)
    expect((await ownerOf(token, two)).ok).toBe(false)
    expect((await ownerOf(token)).ok).toBe(true)
  })

  test('waits for the keys of its own tenant, not for another’s slow API server', async () => {
    const never = new Promise<void>(() => undefined)
    const slow = tenantOf('k8s2', [])
    Object.assign(slow.keys, { isFresh: false, mayLag: true, refresh: () => never })
    const ownerOf = ownersOf({ tenants: [tenantOf('k8s1', [key as TokenKey]), slow] })
    const token = await tokenOf(key, 'agent')
    expect((await ownerOf(token)).ok).toBe(true)
    expect((await ownerOf(token)).ok).toBe(true)
  })
})

describe('what is remembered of tokens', () => {
  test('is bounded for each tenant, and no tenant pushes out another’s', () => {
    const [one, two] = [tenantOf('k8s1', []), tenantOf('k8s2', [])]
    const tenants = [one, two]
    const known = createKnownTokens(() => tenants, clock)
    const value = { expiresAt: clock.now() + 1_000, callerKey: 'c' }
    const moment = known.moment()
    known.remember('mine', { ...value, tenant: two }, moment)
    for (let i = 0; i < 3 * LIMITS.cacheEntries; i++) {
      known.remember(`${i}`, { ...value, tenant: one }, moment)
      known.refuse(`${i}`, 'wrong', moment)
    }
    expect(known.size).toBe(2 * LIMITS.cacheEntries + 1)
    expect(known.find('mine')).toBeDefined()
    expect(known.find('0')).toBeUndefined()
    clock.advance(1_000)
    expect(known.find('mine')).toBeUndefined()
    expect(known.size).toBe(2 * LIMITS.cacheEntries)
  })

  test('a clock that is set back ends it', () => {
    const tenants = [tenantOf('k8s1', [])]
    const known = createKnownTokens(() => tenants, clock)
    const [tenant] = tenants as [GatewayTenant]
    const value = { tenant, expiresAt: clock.now() + 1_000, callerKey: 'c' }
    known.remember('a', value, known.moment())
    clock.advance(-1)
    expect(known.find('a')).toBeUndefined()
  })
})
