import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock, type Secret } from '../src/core/index.ts'
import { boundClaims, createTokenKey, legacyClaims, signToken } from '../src/kube/index.ts'
import { tokenFor } from './helpers/delegator.ts'
import { startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

const AUDIENCE = 'https://kubernetes.default.svc.cluster.local'
const LINES = `    access: offline
    allow:
      - { namespace: datadog, name: agent }
      - { namespace: datadog, name: narrow, subresources: [stats] }
`
const clock = manualClock(Date.now())
let rig: GatewayRig
let agent: Secret

beforeAll(async () => {
  rig = await startGatewayRig({ clock, prepare: () => Promise.resolve({ k8s1: LINES }) })
  agent = await rig.account(rig.k8s1, 'agent', [])
})
afterAll(() => rig[Symbol.asyncDispose]())

const statusOf = async (path: string, token: Secret): Promise<number> =>
  (await rig.ask(path, { token })).status
/** Signed with the tenant's own key, as its API server could. */
const signed = (name: string, options: { audiences?: string[]; lifetimeMs?: number } = {}) =>
  signToken(
    rig.k8s1.api.tokenKey,
    boundClaims({
      issuer: AUDIENCE,
      audiences: [AUDIENCE],
      namespace: 'datadog',
      serviceAccount: { name, uid: 'u' },
      lifetimeMs: 600_000,
      clock,
      ...options,
    }),
  )

describe('access: offline', () => {
  test('a listed account reads what agents read, and the network is not asked', async () => {
    const before = rig.k8s1.api.requestCounts()
    for (const path of ['/healthz', '/pods', '/stats/summary', '/metrics/cadvisor']) {
      expect(await statusOf(path, agent)).toBe(200)
    }
    expect((await rig.ask('/pods', { token: agent })).text).not.toContain('k8s2')
    expect(rig.k8s1.api.requestCounts()).toEqual(before)
  })

  test('others are 403, and so is what is not listed for an account', async () => {
    const reply = await rig.ask('/pods', { token: await signed('stranger') })
    expect([reply.status, reply.text]).toEqual([
      403,
      'Forbidden (user=system:serviceaccount:datadog:stranger, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    ])
    const narrow = await signed('narrow')
    expect(await statusOf('/stats/summary', narrow)).toBe(200)
    expect(await statusOf('/metrics/cadvisor', narrow)).toBe(403)
    expect(await statusOf('/pods', narrow)).toBe(403)
  })

  test('a token for another audience is 401', async () => {
    expect(await statusOf('/pods', await signed('agent', { audiences: ['vault'] }))).toBe(401)
    const real = await tokenFor(rig.k8s1, { name: 'agent', namespace: 'datadog' }, ['vault'])
    expect(await statusOf('/pods', real)).toBe(401)
  })

  test('a token that never expires is 401: nobody says that it was taken back', async () => {
    const account = { name: 'agent', uid: 'u' }
    const claims = legacyClaims({ namespace: 'datadog', secretName: 's', serviceAccount: account })
    const token = await signToken(rig.k8s1.api.tokenKey, claims)
    expect(await statusOf('/pods', token)).toBe(401)
    const withAudience = { ...claims, aud: [AUDIENCE] }
    const other = await signToken(rig.k8s1.api.tokenKey, withAudience)
    expect(await statusOf('/pods', other)).toBe(401)
  })

  test('a token of another key under the tenant’s key id is 401', async () => {
    const forged = { ...(await createTokenKey()), kid: rig.k8s1.api.tokenKey.kid }
    const claims = JSON.parse(
      Buffer.from(agent.reveal().split('.')[1] ?? '', 'base64url').toString(),
    ) as Parameters<typeof signToken>[1]
    expect(await statusOf('/pods', await signToken(forged, claims))).toBe(401)
  })

  test('a subject that the rest of the token contradicts is 401', async () => {
    const claims = boundClaims({
      issuer: AUDIENCE,
      audiences: [AUDIENCE],
      namespace: 'datadog',
      serviceAccount: { name: 'other', uid: 'u' },
      lifetimeMs: 600_000,
      clock,
    })
    const lie = { ...claims, sub: 'system:serviceaccount:datadog:agent' }
    expect(await statusOf('/pods', await signToken(rig.k8s1.api.tokenKey, lie))).toBe(401)
  })

  test('from its expiry on a token is 401', async () => {
    const token = await signed('agent', { lifetimeMs: 60_000 })
    expect(await statusOf('/pods', token)).toBe(200)
    clock.advance(61_000)
    expect(await statusOf('/pods', token)).toBe(401)
  })

  test('the tenant’s API server is away, and nothing changes', async () => {
    await rig.k8s1.api[Symbol.asyncDispose]()
    expect(await statusOf('/pods', agent)).toBe(200)
    expect(await statusOf('/pods', await signed('agent'))).toBe(200)
  })
})
