import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '../src/core/index.ts'
import { CLUSTERROLES, createAuthority, type Authority, type KeyPair } from '../src/kube/index.ts'
import { bind, REVIEW, writeDelegator } from './helpers/delegator.ts'
import { startGatewayRig, type GatewayRig, type Reply } from './helpers/gateway-rig.ts'

/** The authorities of two tenants, both with the name that kubeadm gives them. */
let one: Authority
let two: Authority
let rig: GatewayRig
const clock = manualClock(Date.now())

beforeAll(async () => {
  ;[one, two] = await Promise.all([createAuthority('kubernetes'), createAuthority('kubernetes')])
  rig = await startGatewayRig({
    clock,
    prepare: async ({ dir, k8s1 }) => {
      await writeDelegator(dir, k8s1)
      await writeFile(join(dir, 'one.crt'), one.certPem)
      await writeFile(join(dir, 'two.crt'), two.certPem)
      return {
        k8s1: `${REVIEW}    clientCaFile: one.crt`,
        k8s2: `    access: offline
    allow: [{ user: scraper, subresources: [metrics] }]
    clientCaFile: two.crt`,
      }
    },
  })
  const rules = [{ apiGroups: [''], resources: ['nodes/pods'], verbs: ['get'] }]
  await rig.k8s1.admin.create(CLUSTERROLES, { metadata: { name: 'pods' }, rules })
  await bind(rig.k8s1, 'pods', { kind: 'Group', name: 'monitoring' })
})
afterAll(() => rig[Symbol.asyncDispose]())

const show = ({ certPem, keyPem }: KeyPair): { tls: { cert: string; key: string } } => ({
  tls: { cert: certPem, key: keyPem },
})
const askWith = (path: string, pair: KeyPair): Promise<Reply> => rig.ask(path, show(pair))
const client = (authority: Authority, name: string, groups: string[] = []): Promise<KeyPair> =>
  authority.issueClient({ commonName: name, organizations: groups })

describe('a certificate of a tenant’s authority', () => {
  test('access: review: CN is the user, O are the groups, and the tenant’s cluster says what they may', async () => {
    const reply = await askWith('/pods', await client(one, 'prometheus', ['a', 'monitoring']))
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('simple-app-k8s1')
    expect(reply.text).not.toContain('k8s2')
  })

  test('access: review: 403 in the kubelet’s words for who is not in the group', async () => {
    const { status, text } = await askWith('/pods', await client(one, 'prometheus', ['a']))
    expect([status, text]).toEqual([
      403,
      'Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    ])
  })

  test('access: offline: the list says what', async () => {
    const pair = await client(two, 'scraper', ['system:masters'])
    const reply = await askWith('/metrics/cadvisor', pair)
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('simple-app-k8s2')
    expect(reply.text).not.toContain('k8s1')
    expect((await askWith('/pods', pair)).status).toBe(403)
    expect((await askWith('/metrics/cadvisor', await client(two, 'other'))).status).toBe(403)
  })

  test('access: self cannot take certificates: 401', async () => {
    await using own = await startGatewayRig({
      prepare: async ({ dir }) => {
        await writeFile(join(dir, 'one.crt'), one.certPem)
        return { k8s1: '    clientCaFile: one.crt' }
      },
    })
    const pair = await client(one, 'prometheus', ['system:masters'])
    expect((await own.ask('/pods', show(pair))).status).toBe(401)
    const token = await own.account(own.k8s1, 'agent')
    expect((await own.ask('/pods', { ...show(pair), token })).status).toBe(200)
  })
})

describe('who is refused', () => {
  test('a certificate of nobody’s authority: 401, and beside a token it says nothing', async () => {
    const stranger = await client(await createAuthority('kubernetes'), 'scraper', ['monitoring'])
    expect((await askWith('/pods', stranger)).status).toBe(401)
    const token = await rig.account(rig.k8s1, 'agent')
    expect((await rig.ask('/pods', { ...show(stranger), token })).status).toBe(200)
  })

  test('a server’s certificate, an authority’s own, and the anonymous user', async () => {
    const serving = await one.issueServing({ commonName: 'x', organizations: ['monitoring'] })
    expect((await askWith('/pods', serving)).status).toBe(401)
    expect((await askWith('/pods', one)).status).toBe(401)
    const anonymous = await client(one, 'system:anonymous', ['monitoring'])
    expect((await askWith('/pods', anonymous)).status).toBe(401)
    const unauthenticated = await client(one, 'x', ['monitoring', 'system:unauthenticated'])
    expect((await askWith('/pods', unauthenticated)).status).toBe(401)
    expect((await askWith('/pods', await client(one, 'a\nO=b', ['monitoring']))).status).toBe(401)
  })

  test('a token of one tenant with a certificate of another', async () => {
    const token = await rig.account(rig.k8s1, 'torn')
    expect((await rig.ask('/pods', { ...show(await client(two, 'scraper')), token })).status).toBe(
      401,
    )
    expect((await rig.ask('/pods', { ...show(await client(one, 'x')), token })).status).toBe(200)
  })

  test('a header that is no bearer token, though the certificate is good', async () => {
    const pair = await client(one, 'prometheus', ['monitoring'])
    const headers = { authorization: 'Basic YTpi' }
    expect((await rig.ask('/pods', { ...show(pair), headers })).status).toBe(401)
  })

  test('a certificate that has expired, though its connection is open and its answers are remembered', async () => {
    const time = manualClock(Date.now())
    await using later = await startGatewayRig({
      clock: time,
      prepare: async ({ dir }) => {
        await writeFile(join(dir, 'one.crt'), one.certPem)
        return {
          k8s1: '    access: offline\n    allow: [{ user: x }]\n    clientCaFile: one.crt',
        }
      },
    })
    const pair = await client(one, 'x')
    const day = 24 * 3_600_000
    expect((await later.ask('/pods', show(pair))).status).toBe(200)
    time.advance(364 * day)
    expect((await later.ask('/pods', show(pair))).status).toBe(200)
    time.advance(2 * day)
    expect((await later.ask('/pods', show(pair))).status).toBe(401)
  })

  test('an authority that two tenants have is nobody’s', async () => {
    await using shared = await startGatewayRig({
      prepare: async ({ dir }) => {
        await writeFile(join(dir, 'one.crt'), one.certPem)
        await writeFile(join(dir, 'both.crt'), two.certPem + one.certPem)
        const lines = '    access: offline\n    allow: [{ user: x }]\n    clientCaFile: '
        return { k8s1: `${lines}one.crt`, k8s2: `${lines}both.crt` }
      },
    })
    expect((await shared.ask('/pods', show(await client(one, 'x')))).status).toBe(401)
    expect((await shared.ask('/pods', show(await client(two, 'x')))).status).toBe(200)
    expect(shared.log()).toContain('not one tenant’s alone')
  })

  test('a file without an authority is refused at start', async () => {
    const pair = await client(one, 'x')
    for (const text of ['', 'no PEM', pair.certPem]) {
      const started = startGatewayRig({
        prepare: async ({ dir }) => {
          await writeFile(join(dir, 'x.crt'), text)
          return { k8s1: '    clientCaFile: x.crt' }
        },
      })
      await expect(started).rejects.toMatchObject({ code: 'E_CONFIG' })
    }
  })
})

test('tls.clientCaFile is a gate before all tenants: without its certificate there is no connection', async () => {
  await using gated = await startGatewayRig({
    edit: async (text, { dir }) => {
      await writeFile(join(dir, 'gate.crt'), one.certPem)
      return text.replace('keyFile: tls.key', 'keyFile: tls.key, clientCaFile: gate.crt')
    },
  })
  const token = await gated.account(gated.k8s1, 'agent')
  const pair = await client(one, 'system:masters', ['system:masters'])
  expect((await gated.ask('/pods', { ...show(pair), token })).status).toBe(200)
  expect((await gated.ask('/pods', show(pair))).status).toBe(401)
  await expect(gated.ask('/pods', { token })).rejects.toThrow()
  await expect(gated.ask('/pods', { ...show(await client(two, 'x')), token })).rejects.toThrow()
})
