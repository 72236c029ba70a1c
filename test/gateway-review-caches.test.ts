import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { manualClock, type Secret } from '../src/core/index.ts'
import { createTokenKey, jwksOf, SERVICEACCOUNTS } from '../src/kube/index.ts'
import { startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

const WHO = 'create selfsubjectreviews'
const MAY = 'create selfsubjectaccessreviews'
const asked = (rig: GatewayRig, what: string): number => rig.k8s1.api.requestCounts()[what] ?? 0

const statusOf = async (rig: GatewayRig, token: Secret): Promise<number> =>
  (await rig.ask('/stats/summary', { token })).status

describe('answers live as long as at a kubelet', () => {
  test('who a token is: two minutes; what it may: five', async () => {
    const clock = manualClock(Date.now())
    await using rig = await startGatewayRig({ clock })
    const token = await rig.account(rig.k8s1, 'agent')
    const seen: [number, number][] = []
    for (const seconds of [0, 119, 2, 178, 2]) {
      clock.advance(seconds * 1000)
      expect(await statusOf(rig, token)).toBe(200)
      seen.push([asked(rig, WHO), asked(rig, MAY)])
    }
    // After 0, 119, 121, 299 and 301 seconds.
    expect(seen).toEqual([
      [1, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [3, 2],
    ])
  })

  test('a denial: thirty seconds', async () => {
    const clock = manualClock(Date.now())
    await using rig = await startGatewayRig({ clock })
    const token = await rig.account(rig.k8s1, 'nobody', [])
    for (const [seconds, questions] of [
      [0, 1],
      [29, 1],
      [2, 2],
    ] as const) {
      clock.advance(seconds * 1000)
      expect(await statusOf(rig, token)).toBe(403)
      expect(asked(rig, MAY)).toBe(questions)
    }
  })

  test('a refused token: ten seconds', async () => {
    const clock = manualClock(Date.now())
    await using rig = await startGatewayRig({ clock })
    const token = await rig.account(rig.k8s1, 'leaver')
    await rig.k8s1.admin.delete(SERVICEACCOUNTS, { namespace: 'datadog', name: 'leaver' })
    expect(await statusOf(rig, token)).toBe(401)
    // An answer that is remembered needs no API server; one that is not cannot be had without it.
    await rig.k8s1.api[Symbol.asyncDispose]()
    clock.advance(9_000)
    expect(await statusOf(rig, token)).toBe(401)
    clock.advance(2_000)
    expect(await statusOf(rig, token)).toBe(503)
  })

  test('none outlives its token, though it is remembered', async () => {
    const clock = manualClock(Date.now())
    await using rig = await startGatewayRig({ clock })
    const token = await rig.account(rig.k8s1, 'agent')
    clock.advance(3_550_000)
    expect(await statusOf(rig, token)).toBe(200)
    clock.advance(100_000)
    expect(await statusOf(rig, token)).toBe(401)
  })
})

test('who asks at the same time with one token is reviewed once', async () => {
  await using rig = await startGatewayRig()
  const token = await rig.account(rig.k8s1, 'agent')
  const all = await Promise.all(Array.from({ length: 20 }, () => statusOf(rig, token)))
  expect(new Set(all)).toEqual(new Set([200]))
  expect([asked(rig, WHO), asked(rig, MAY)]).toEqual([1, 1])
})

test('an API server that is down: what is known of access lives out its time, then 503', async () => {
  const clock = manualClock(Date.now())
  await using rig = await startGatewayRig({ clock })
  const token = await rig.account(rig.k8s1, 'agent')
  expect(await statusOf(rig, token)).toBe(200)
  await rig.k8s1.api[Symbol.asyncDispose]()
  clock.advance(119_000)
  expect(await statusOf(rig, token)).toBe(200)
  // Another question about the same caller was never answered.
  expect((await rig.ask('/metrics/cadvisor', { token })).status).toBe(503)
  clock.advance(2_000)
  expect(await statusOf(rig, token)).toBe(503)
})

test('keys in a mounted ConfigMap: a new version of the folder is taken up, the old key is nobody’s', async () => {
  const clock = manualClock(Date.now())
  await using rig = await startGatewayRig({ clock })
  const token = await rig.account(rig.k8s1, 'agent')
  const file = join(rig.dir, 'k8s1.jwks')
  /** As a kubelet does it: a folder for each version, and a link that is replaced. */
  const publish = async (version: string, keys: object): Promise<void> => {
    await mkdir(join(rig.dir, version))
    await writeFile(join(rig.dir, version, 'jwks'), JSON.stringify(keys))
    await symlink(version, join(rig.dir, '..data_tmp'))
    await rename(join(rig.dir, '..data_tmp'), join(rig.dir, '..data'))
    clock.advance(2_000)
  }
  await publish('..1', rig.k8s1.api.jwks)
  await rm(file)
  await symlink(join('..data', 'jwks'), file)
  expect(await statusOf(rig, token)).toBe(200)
  await publish('..2', jwksOf([await createTokenKey()]))
  expect(await statusOf(rig, token)).toBe(401)
  await publish('..3', rig.k8s1.api.jwks)
  expect(await statusOf(rig, token)).toBe(200)
})
