import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Secret } from '../src/core/index.ts'
import { createAuthority, type Authority } from '../src/kube/index.ts'
import { startGatewayRig, type AskOptions, type GatewayRig } from './helpers/gateway-rig.ts'

let rig: GatewayRig
let one: Secret
let two: Secret
let authority: Authority

beforeAll(async () => {
  authority = await createAuthority('kubernetes')
  rig = await startGatewayRig({
    prepare: async ({ dir }) => {
      await writeFile(join(dir, 'two.crt'), authority.certPem)
      return {
        k8s1: '    serverName: one.gateway.test\n    listen: 127.0.0.1:0',
        k8s2: `    serverName: two.gateway.test
    access: offline
    allow: [{ user: x }, { namespace: datadog, name: agent }]
    clientCaFile: two.crt`,
      }
    },
  })
  one = await rig.account(rig.k8s1, 'agent')
  two = await rig.account(rig.k8s2, 'agent')
})
afterAll(() => rig[Symbol.asyncDispose]())

const named = (servername: string): AskOptions => ({ tls: { servername } })
const ownPort = (): AskOptions => ({ port: rig.gateway.ownPorts.get('k8s1') ?? 0 })
const statusOf = async (options: AskOptions): Promise<number> =>
  (await rig.ask('/pods', options)).status

describe('where the tenant is fixed', () => {
  test('its own tokens are served, by listener and by server name, in any case', async () => {
    const reply = await rig.ask('/pods', { ...ownPort(), token: one })
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('simple-app-k8s1')
    expect(await statusOf({ ...named('one.gateway.test'), token: one })).toBe(200)
    expect(await statusOf({ ...named('ONE.gateway.TEST'), token: one })).toBe(200)
    expect(await statusOf({ ...named('two.gateway.test'), token: two })).toBe(200)
  })

  test('a token of another tenant is 401, and no API server hears of it', async () => {
    const stranger = await rig.account(rig.k8s1, 'stranger')
    const before = [rig.k8s1.api.requestCounts(), rig.k8s2.api.requestCounts()]
    expect(await statusOf({ ...named('two.gateway.test'), token: stranger })).toBe(401)
    expect(await statusOf({ ...named('one.gateway.test'), token: two })).toBe(401)
    expect(await statusOf({ ...ownPort(), token: two })).toBe(401)
    expect([rig.k8s1.api.requestCounts(), rig.k8s2.api.requestCounts()]).toEqual(before)
  })

  test('a certificate of another tenant is 401', async () => {
    const { certPem: cert, keyPem: key } = await authority.issueClient({ commonName: 'x' })
    expect(await statusOf({ tls: { cert, key } })).toBe(200)
    expect(await statusOf({ tls: { cert, key, servername: 'two.gateway.test' } })).toBe(200)
    expect(await statusOf({ tls: { cert, key, servername: 'one.gateway.test' } })).toBe(401)
    expect(await statusOf({ ...ownPort(), tls: { cert, key } })).toBe(401)
  })

  test('a listener and a server name that disagree are nobody’s', async () => {
    const tls = named('two.gateway.test')
    expect(await statusOf({ ...ownPort(), ...tls, token: one })).toBe(401)
    expect(await statusOf({ ...ownPort(), ...tls, token: two })).toBe(401)
  })

  test('the Host header names nobody', async () => {
    const headers = { host: 'two.gateway.test' }
    expect(await statusOf({ ...named('one.gateway.test'), headers, token: one })).toBe(200)
    expect(await statusOf({ ...named('one.gateway.test'), headers, token: two })).toBe(401)
  })
})

test('elsewhere the credential says whose it is', async () => {
  expect(await statusOf({ token: one })).toBe(200)
  expect(await statusOf({ ...named('other.gateway.test'), token: two })).toBe(200)
})
