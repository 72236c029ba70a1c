import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Secret } from '../src/core/index.ts'
import { startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

/** The same rules for every path, over HTTPS, before what a real kubelet answered. */
const METRICS = ['/metrics/cadvisor', '/metrics/resource', '/metrics/probes', '/metrics']
const PATHS = [...METRICS, '/pods', '/runningpods/', '/stats/summary']
const NODE_PROXY = '/api/v1/nodes/rig136-node/proxy'

let rig: GatewayRig
let k8s1: Secret
let k8s2: Secret
let narrow: Secret

beforeAll(async () => {
  rig = await startGatewayRig({ config: 'snapshot: { ttl: 1m }' })
  ;[k8s1, k8s2, narrow] = await Promise.all([
    rig.account(rig.k8s1, 'agent'),
    rig.account(rig.k8s2, 'agent'),
    rig.account(rig.k8s1, 'stats-only', ['stats']),
  ])
})
afterAll(() => rig[Symbol.asyncDispose]())

describe.each(PATHS)('%s', (path) => {
  test('is read once for both tenants, all forms of the path and all who ask', async () => {
    const forms = [path, `${NODE_PROXY}${path}`]
    const asked = forms.flatMap((form) => [k8s1, k8s2].map((token) => rig.ask(form, { token })))
    const [own, other, ...again] = await Promise.all(asked)
    expect([own, other, ...again].map((reply) => reply?.status)).toEqual([200, 200, 200, 200])
    expect(again.map(({ text }) => text)).toEqual([own?.text, other?.text])
    const upstream = path === '/runningpods/' ? '/pods' : path
    expect(rig.kubelet.requests.filter((request) => request.path === upstream)).toHaveLength(1)
  })

  test('tells neither tenant about the other', async () => {
    const [own, other] = await Promise.all([
      rig.ask(path, { token: k8s1 }),
      rig.ask(path, { token: k8s2 }),
    ])
    expect(own.text).not.toMatch(/k8s2|vcluster-|-x-test-app-x-|host-app/)
    expect(other.text).not.toMatch(/simple-app-k8s1|vcluster-|-x-test-app-x-|host-app/)
  })

  test('has the same head for HEAD, without a body', async () => {
    const [get, head] = await Promise.all([
      rig.ask(path, { token: k8s1 }),
      rig.ask(path, { token: k8s1, method: 'HEAD' }),
    ])
    expect(head.headers['content-length']).toBe(String(get.body.length))
    expect(head.headers['content-type']).toBe(get.headers['content-type'])
    expect(head.body).toHaveLength(0)
  })

  test('is compressed for who takes gzip if it is metrics', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const [plain, zipped] = await Promise.all([
      rig.ask(path, { token: k8s1 }),
      rig.ask(path, { token: k8s1, headers }),
    ])
    expect(zipped.headers['content-encoding']).toBe(METRICS.includes(path) ? 'gzip' : undefined)
    if (METRICS.includes(path)) expect(gunzipSync(zipped.body).toString()).toBe(plain.text)
  })

  test('asks for the path’s own subresource, in both forms', async () => {
    for (const form of [path, `${NODE_PROXY}${path}`]) {
      const { status, text } = await rig.ask(form, { token: narrow })
      const wanted = path.startsWith('/metrics') ? 'metrics' : 'pods proxy'
      if (path === '/stats/summary') expect(status).toBe(200)
      else expect([status, text]).toEqual([403, expect.stringContaining(`[${wanted}]`)])
    }
  })

  test('is 401 without a token, in both forms', async () => {
    for (const form of [path, `${NODE_PROXY}${path}`])
      expect((await rig.ask(form)).status).toBe(401)
  })
})

test('another node’s name is not served, with whatever token', async () => {
  const before = rig.kubelet.requests.length
  const reply = await rig.ask('/api/v1/nodes/rig136-node2/proxy/pods', { token: k8s1 })
  expect(reply.status).toBe(404)
  expect(rig.kubelet.requests).toHaveLength(before)
})

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0

test.skipIf(!hasKubectl)('kubectl get --raw reads the node as from an API server', async () => {
  const kubeconfig = join(rig.dir, 'kubeconfig')
  const cluster = {
    server: `https://127.0.0.1:${rig.gateway.port}`,
    'certificate-authority-data': Buffer.from(rig.caPem).toString('base64'),
  }
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'gateway', cluster }],
      users: [{ name: 'agent', user: { token: k8s1.reveal() } }],
      contexts: [{ name: 'it', context: { cluster: 'gateway', user: 'agent' } }],
      'current-context': 'it',
    }),
    { mode: 0o600 },
  )
  const raw = async (path: string): Promise<string> => {
    const args = ['--kubeconfig', kubeconfig, 'get', '--raw', path]
    return (await promisify(execFile)('kubectl', args, { timeout: 20_000 })).stdout
  }
  for (const path of ['/metrics/resource', '/pods']) {
    expect(await raw(`${NODE_PROXY}${path}`)).toBe((await rig.ask(path, { token: k8s1 })).text)
  }
  await expect(raw(`${NODE_PROXY}/configz`)).rejects.toThrow(/NotFound|not found/i)
})
