import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '../src/core/index.ts'
import { SERVICEACCOUNTS } from '../src/kube/index.ts'
import { REVIEW, tokenFor, writeDelegator } from './helpers/delegator.ts'
import { startGatewayRig, type GatewayRig, type RigParts } from './helpers/gateway-rig.ts'

const clock = manualClock(Date.now())
const delegated = async ({ dir, k8s1 }: RigParts): Promise<Record<string, string>> => {
  await writeDelegator(dir, k8s1)
  return { k8s1: REVIEW }
}
let rig: GatewayRig

beforeAll(async () => {
  rig = await startGatewayRig({ clock, prepare: delegated })
})
afterAll(() => rig[Symbol.asyncDispose]())

describe('access: review', () => {
  test('the tenant’s own API server reviews token and access; the caller’s token asks nothing', async () => {
    const token = await rig.account(rig.k8s1, 'agent')
    const before = rig.k8s2.api.requestCounts()
    const reply = await rig.ask('/pods', { token })
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('simple-app-k8s1')
    expect(reply.text).not.toContain('k8s2')
    expect(rig.k8s1.api.requestCounts()).toMatchObject({
      'create tokenreviews': 1,
      // Fine-grained first, then proxy; one more when it started.
      'create subjectaccessreviews': 2,
      'create selfsubjectaccessreviews': 1,
    })
    expect(rig.k8s1.api.requestCounts()).not.toHaveProperty(['create selfsubjectreviews'])
    expect(rig.k8s2.api.requestCounts()).toEqual(before)
  })

  test('an account without a role: 403 in the kubelet’s words', async () => {
    const reply = await rig.ask('/stats/summary', {
      token: await rig.account(rig.k8s1, 'nobody', []),
    })
    expect([reply.status, reply.text]).toEqual([
      403,
      'Forbidden (user=system:serviceaccount:datadog:nobody, verb=get, resource=nodes, subresource(s)=[stats])\n',
    ])
  })

  test('a deleted account is refused once its review is two minutes old', async () => {
    const token = await rig.account(rig.k8s1, 'leaver')
    const statusOf = async (): Promise<number> => (await rig.ask('/pods', { token })).status
    expect(await statusOf()).toBe(200)
    await rig.k8s1.admin.delete(SERVICEACCOUNTS, { namespace: 'datadog', name: 'leaver' })
    clock.advance(119_000)
    expect(await statusOf()).toBe(200)
    clock.advance(2_000)
    expect(await statusOf()).toBe(401)
  })

  test('a token for another audience is the API server’s to refuse: 401', async () => {
    await rig.account(rig.k8s1, 'elsewhere')
    const of = { name: 'elsewhere', namespace: 'datadog' }
    const token = await tokenFor(rig.k8s1, of, ['vault'])
    expect((await rig.ask('/pods', { token })).status).toBe(401)
  })
})

test('audiences: a token is taken when one of them is its own, and others are not even sent', async () => {
  await using own = await startGatewayRig({
    prepare: async ({ dir, k8s1 }) => {
      await writeDelegator(dir, k8s1)
      return { k8s1: REVIEW.replace('.yaml', '.yaml, audiences: [sublet, other]') }
    },
  })
  const forApi = await own.account(own.k8s1, 'agent')
  const of = { name: 'agent', namespace: 'datadog' }
  const good = await tokenFor(own.k8s1, of, ['vault', 'sublet'])
  expect((await own.ask('/pods', { token: good })).status).toBe(200)
  const reviews = (): number => own.k8s1.api.requestCounts()['create tokenreviews'] ?? 0
  expect(reviews()).toBe(1)
  for (const token of [forApi, await tokenFor(own.k8s1, of, ['vault'])]) {
    expect((await own.ask('/pods', { token })).status).toBe(401)
  }
  expect(reviews()).toBe(1)
})

describe('a kubeconfig that is cluster-admin', () => {
  const admin =
    (lines = REVIEW) =>
    async ({ dir, k8s1 }: RigParts): Promise<Record<string, string>> => {
      await writeFile(join(dir, 'delegator.yaml'), await k8s1.api.kubeconfig())
      return { k8s1: lines }
    }

  test('is refused at start', async () => {
    await expect(startGatewayRig({ prepare: admin() })).rejects.toMatchObject({
      code: 'E_CONFIG',
      message: expect.stringContaining('is cluster-admin') as string,
    })
  })

  test('is taken when the configuration says so', async () => {
    const lines = REVIEW.replace('.yaml', '.yaml, allowClusterAdmin: true')
    await using told = await startGatewayRig({ prepare: admin(lines) })
    const token = await told.account(told.k8s1, 'agent')
    expect((await told.ask('/pods', { token })).status).toBe(200)
  })

  test('that turns up later is refused, too; and one that is good again is taken', async () => {
    const time = manualClock(Date.now())
    await using later = await startGatewayRig({ clock: time, prepare: delegated })
    const statusOf = async (name: string): Promise<number> => {
      const token = await later.account(later.k8s1, name)
      return (await later.ask('/pods', { token })).status
    }
    expect(await statusOf('one')).toBe(200)
    const file = join(later.dir, 'delegator.yaml')
    const good = await readFile(file)
    await writeFile(file, await later.k8s1.api.kubeconfig())
    time.advance(2_000)
    expect(await statusOf('two')).toBe(503)
    expect(later.log()).toContain('is cluster-admin')
    await writeFile(file, good)
    time.advance(2_000)
    expect(await statusOf('three')).toBe(200)
  })
})

test('a kubeconfig that cannot be read is refused at start', async () => {
  const prepare = (): Promise<Record<string, string>> => Promise.resolve({ k8s1: REVIEW })
  await expect(startGatewayRig({ prepare })).rejects.toMatchObject({ code: 'E_CONFIG' })
})

test('an API server that is not there at start: 503 until it is asked about the kubeconfig', async () => {
  const time = manualClock(Date.now())
  await using early = await startGatewayRig({
    clock: time,
    prepare: async (parts) => {
      const lines = await delegated(parts)
      const file = join(parts.dir, 'delegator.yaml')
      const text = await readFile(file, 'utf8')
      await writeFile(join(parts.dir, 'good.yaml'), text)
      await writeFile(file, text.replaceAll(parts.k8s1.api.url, 'https://127.0.0.1:1'))
      return lines
    },
  })
  const token = await early.account(early.k8s1, 'agent')
  expect((await early.ask('/pods', { token })).status).toBe(503)
  await copyFile(join(early.dir, 'good.yaml'), join(early.dir, 'delegator.yaml'))
  time.advance(2_000)
  expect((await early.ask('/pods', { token })).status).toBe(200)
})
