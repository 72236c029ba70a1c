import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock, secret, type Secret } from '../src/core/index.ts'
import {
  createTokenKey,
  jwksOf,
  NAMESPACES,
  PODS,
  SERVICEACCOUNTS,
  signToken,
  type KubeObject,
  type Pod,
} from '../src/kube/index.ts'
import { startCluster } from './helpers/cluster.ts'
import { HOST_TOKEN, startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

/** What only the host, or the other tenant, may know. */
const FOREIGN = /k8s2|-x-test-app-x-|vcluster-k8s|host-app|loft\.sh|<token>|vc-workload/

let rig: GatewayRig
let agent: Secret
let other: Secret

beforeAll(async () => {
  rig = await startGatewayRig({ config: 'snapshot: { ttl: 1m }' })
  agent = await rig.account(rig.k8s1, 'agent')
  other = await rig.account(rig.k8s2, 'agent')
})
afterAll(() => rig[Symbol.asyncDispose]())

describe('a virtual token is answered with its own tenant’s part', () => {
  test('of /pods', async () => {
    const { status, text, headers } = await rig.ask('/pods', { token: agent })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    const list = JSON.parse(text) as { items: { metadata: { name: string; namespace: string } }[] }
    expect(
      list.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort(),
    ).toEqual([
      'monitoring/a-rather-long-pod-name-as-operators-make-them-7d9f8b6c5d-x2k4q',
      'test-app/simple-app-k8s1',
      'test-app/web-64dddff6c4-dnk2p',
    ])
    expect(text).not.toMatch(FOREIGN)
  })

  test('of /stats/summary', async () => {
    const { status, text } = await rig.ask('/stats/summary', { token: agent })
    expect(status).toBe(200)
    const summary = JSON.parse(text) as { node: { nodeName: string }; pods: unknown[] }
    expect(summary.node.nodeName).toBe('rig136-node')
    expect(summary.pods).toHaveLength(3)
    expect(text).not.toMatch(FOREIGN)
  })

  test('of /stats/summary, cpu and memory only', async () => {
    const { text } = await rig.ask('/stats/summary?only_cpu_and_memory=true', { token: agent })
    expect(text).toContain('"workingSetBytes"')
    expect(text).not.toMatch(/"network"|"fs"|"rootfs"|"volume"/)
    // The snapshot that all share is not the poorer for it.
    expect((await rig.ask('/stats/summary', { token: agent })).text).toContain('"network"')
  })

  test('of /metrics/cadvisor', async () => {
    const { status, text, headers } = await rig.ask('/metrics/cadvisor', { token: agent })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text.split('\n').length).toBeGreaterThan(300)
    expect(text).toContain('pod="simple-app-k8s1"')
    expect(text).not.toMatch(FOREIGN)
  })

  test('and the other tenant sees the other pods', async () => {
    const { text } = await rig.ask('/metrics/cadvisor', { token: other })
    expect(text).toContain('pod="simple-app-k8s2"')
    expect(text).not.toContain('k8s1')
  })

  test('of /healthz, in the kubelet’s words', async () => {
    expect((await rig.ask('/healthz', { token: agent })).text).toBe('ok')
    const verbose = await rig.ask('/healthz?verbose', { token: agent })
    expect(verbose.text).toMatch(/^\[\+\]ping ok\n(.*\n)*healthz check passed\n$/)
  })

  test('compressed for who takes gzip, and only metrics', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const plain = await rig.ask('/metrics/cadvisor', { token: agent })
    const zipped = await rig.ask('/metrics/cadvisor', { token: agent, headers })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true)
    const pods = await rig.ask('/pods', { token: agent, headers })
    expect(pods.headers['content-encoding']).toBeUndefined()
  })

  test('HEAD has the head of GET and no body', async () => {
    const head = await rig.ask('/stats/summary', { token: agent, method: 'HEAD' })
    const get = await rig.ask('/stats/summary', { token: agent })
    expect(head.status).toBe(200)
    expect(head.body).toHaveLength(0)
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
  })
})

describe('who is refused', () => {
  test.each([
    ['no token', {}],
    ['the gateway’s own host credential', { token: HOST_TOKEN }],
    ['an unknown text', { token: 'nonsense' }],
    ['Basic', { headers: { authorization: 'Basic YTpi' } }],
    ['an empty bearer', { headers: { authorization: 'Bearer ' } }],
  ])('%s: 401 in the kubelet’s words', async (_, options) => {
    const { status, text, headers } = await rig.ask('/stats/summary', options)
    expect([status, text]).toEqual([401, 'Unauthorized'])
    expect(headers['www-authenticate']).toBeUndefined()
  })

  test('a token of another key under our key’s id', async () => {
    const { tokenKey } = rig.k8s1.api
    const forged = { ...(await createTokenKey()), kid: tokenKey.kid }
    const claims = JSON.parse(
      Buffer.from(agent.reveal().split('.')[1] ?? '', 'base64url').toString(),
    ) as Parameters<typeof signToken>[1]
    const before = JSON.stringify(rig.k8s1.api.requestCounts())
    const reply = await rig.ask('/pods', { token: await signToken(forged, claims) })
    expect(reply.status).toBe(401)
    // A token that no tenant signed goes nowhere.
    expect(JSON.stringify(rig.k8s1.api.requestCounts())).toBe(before)
  })

  test('an account without a role: 403 in the kubelet’s words', async () => {
    const token = await rig.account(rig.k8s1, 'nobody', [])
    const { status, text } = await rig.ask('/pods', { token })
    expect(status).toBe(403)
    expect(text).toBe(
      'Forbidden (user=system:serviceaccount:datadog:nobody, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
    )
  })

  test('each path needs its own subresource, or proxy where the kubelet takes that', async () => {
    const statusOf = async (token: Secret): Promise<number[]> => {
      const paths = ['/healthz', '/pods', '/stats/summary', '/metrics/cadvisor']
      return Promise.all(paths.map(async (path) => (await rig.ask(path, { token })).status))
    }
    expect(await statusOf(await rig.account(rig.k8s1, 'narrow', ['stats']))).toEqual([
      403, 403, 200, 403,
    ])
    expect(await statusOf(await rig.account(rig.k8s1, 'proxy', ['proxy']))).toEqual([
      200, 200, 403, 403,
    ])
    expect(await statusOf(await rig.account(rig.k8s1, 'fine', ['pods', 'metrics']))).toEqual([
      403, 200, 403, 200,
    ])
  })
})

test('a token goes to its own tenant’s API server and to nobody else', async () => {
  const before = rig.k8s2.api.requestCounts()
  const token = await rig.account(rig.k8s1, 'loyal')
  expect((await rig.ask('/pods', { token })).status).toBe(200)
  expect(rig.k8s2.api.requestCounts()).toEqual(before)
  const upstream = JSON.stringify(rig.kubelet.requests)
  expect(upstream).not.toContain(token.reveal())
})

test('what is sent upstream is the gateway’s own, whatever the client sends', async () => {
  await rig.ask('/pods', {
    token: agent,
    headers: {
      'x-remote-user': 'system:admin',
      'impersonate-user': 'system:admin',
      x_forwarded_for: '1.2.3.4',
      'x-forwarded-uri': '/exec',
      accept: 'application/vnd.google.protobuf',
      cookie: 'a=b',
    },
  })
  expect(rig.kubelet.requests.length).toBeGreaterThan(0)
  for (const { method, path, headers } of rig.kubelet.requests) {
    expect(method).toBe('GET')
    expect(['/pods', '/stats/summary', '/metrics/cadvisor']).toContain(path)
    expect(Object.keys(headers).sort()).toEqual(
      ['accept', 'accept-encoding', 'authorization', 'connection', 'host', 'user-agent'].sort(),
    )
    expect(headers.authorization).toBe(`Bearer ${HOST_TOKEN}`)
    expect(headers['accept-encoding']).toBe('identity')
    if (path === '/metrics/cadvisor') expect(headers.accept).toBe('text/plain;version=0.0.4')
  }
})

test('one read of the kubelet serves all tenants and all who ask at the same time', async () => {
  await using fresh = await startGatewayRig({ config: 'snapshot: { ttl: 1m }' })
  const [one, two] = await Promise.all([
    fresh.account(fresh.k8s1, 'agent'),
    fresh.account(fresh.k8s2, 'agent'),
  ])
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      fresh.ask(i % 3 === 0 ? '/pods' : '/metrics/cadvisor', { token: i % 2 === 0 ? one : two }),
    ),
  )
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  expect(fresh.kubelet.requests.map(({ path }) => path).sort()).toEqual([
    '/metrics/cadvisor',
    '/pods',
  ])
  // Forty requests, two tokens: one review each, however many asked at once.
  expect(fresh.k8s1.api.requestCounts()['create selfsubjectreviews']).toBe(1)
})

test('no token is in the log', () => {
  expect(rig.log()).toContain('"status":200')
  for (const token of [agent.reveal(), other.reveal(), HOST_TOKEN]) {
    expect(rig.log()).not.toContain(token)
    expect(rig.log()).not.toContain(token.split('.')[2] ?? token)
  }
})

test('the admin side says that it lives, whether it can serve, and what it counted', async () => {
  const ask = async (path: string): Promise<string> => {
    const reply = await fetch(rig.gateway.adminUrl + path)
    return `${reply.status} ${await reply.text()}`
  }
  expect(await ask('/livez')).toBe('200 ok')
  expect(await ask('/readyz')).toBe('200 ok')
  expect(await ask('/metrics')).toMatch(
    /sublet_gateway_requests_total\{endpoint="pods",code="200",tenant="k8s1"\} \d+/,
  )
  expect(await ask('/pods')).toContain('404')
})

test('an old kubelet that wants nodes/proxy for its pods: they are read from the host’s API instead', async () => {
  await using host = await startCluster({ name: 'host' })
  await using old = await startGatewayRig({ config: 'hostApi: { kubeconfig: host.yaml }' })
  await writeFile(join(old.dir, 'host.yaml'), await host.api.kubeconfig())
  const token = await old.account(old.k8s1, 'agent')
  const list = await readFile(new URL('fixtures/vcluster-node/pods.json', import.meta.url), 'utf8')
  for (const { metadata, spec } of (JSON.parse(list) as { items: Pod[] }).items) {
    const { name, namespace, labels, annotations } = metadata
    const where = { metadata: { name: namespace } } as KubeObject
    await host.admin.create(NAMESPACES, where).catch(() => undefined)
    const account = { metadata: { name: 'default', namespace } } as KubeObject
    await host.admin.create(SERVICEACCOUNTS, account).catch(() => undefined)
    const kept = { name, namespace, labels, annotations } as Pod['metadata']
    const containers = spec.containers.map(({ name, image }) => ({ name, image }))
    await host.admin.create(PODS, {
      metadata: kept,
      spec: { nodeName: spec.nodeName, containers },
    } as Pod)
  }
  old.kubelet.overrides.set('/pods', {
    status: 403,
    body: 'Forbidden (user=g, …subresource=proxy)',
  })
  const { status, text } = await old.ask('/pods', { token })
  expect(status).toBe(200)
  expect(text).toContain('"name":"simple-app-k8s1"')
  expect(text).not.toMatch(FOREIGN)
})

describe('when something is down', () => {
  test('a kubelet that fails is 502, without a word about the host', async () => {
    await using broken = await startGatewayRig({ config: 'snapshot: { ttl: 0s }' })
    const token = await broken.account(broken.k8s1, 'agent')
    broken.kubelet.overrides.set('/metrics/cadvisor', {
      status: 500,
      body: 'etcd on 10.1.2.3 is down',
    })
    const { status, text } = await broken.ask('/metrics/cadvisor', { token })
    expect([status, text]).toEqual([502, 'the node cannot be read at the moment\n'])
    broken.kubelet.overrides.set('/stats/summary', { status: 200, body: '{"node":{' })
    expect((await broken.ask('/stats/summary', { token })).status).toBe(502)
    broken.kubelet.overrides.set('/pods', { status: 302, body: '' })
    expect((await broken.ask('/healthz', { token })).status).toBe(502)
    expect(broken.log()).toContain('etcd on 10.1.2.3')
    expect((await fetch(`${broken.gateway.adminUrl}/readyz`)).status).toBe(503)
  })

  test('a tenant’s API server that is gone: known answers live out their time, others are 503', async () => {
    const clock = manualClock(Date.now())
    await using lonely = await startGatewayRig({ clock })
    const [known, unknown] = [
      await lonely.account(lonely.k8s1, 'known'),
      await lonely.account(lonely.k8s1, 'unknown'),
    ]
    expect((await lonely.ask('/pods', { token: known })).status).toBe(200)
    await lonely.k8s1.api[Symbol.asyncDispose]()
    expect((await lonely.ask('/pods', { token: known })).status).toBe(200)
    const reply = await lonely.ask('/pods', { token: unknown })
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '5'])
    clock.advance(121_000)
    expect((await lonely.ask('/pods', { token: known })).status).toBe(503)
  })
})

describe('in time', () => {
  test('a deleted account is refused once its review is two minutes old', async () => {
    const clock = manualClock(Date.now())
    await using later = await startGatewayRig({ clock })
    const token = await later.account(later.k8s1, 'leaver')
    expect((await later.ask('/pods', { token })).status).toBe(200)
    await later.k8s1.admin.delete(SERVICEACCOUNTS, { namespace: 'datadog', name: 'leaver' })
    clock.advance(119_000)
    expect((await later.ask('/pods', { token })).status).toBe(200)
    clock.advance(2_000)
    expect((await later.ask('/pods', { token })).status).toBe(401)
  })

  test('a token is refused from its expiry on, though its review is remembered', async () => {
    const clock = manualClock(Date.now())
    await using later = await startGatewayRig({ clock })
    const token = await later.account(later.k8s1, 'agent')
    clock.advance(3_550_000)
    expect((await later.ask('/pods', { token })).status).toBe(200)
    clock.advance(100_000)
    expect((await later.ask('/pods', { token })).status).toBe(401)
  })

  test('new keys of a tenant are taken up, and a key that two tenants have is nobody’s', async () => {
    const clock = manualClock(Date.now())
    await using later = await startGatewayRig({ clock })
    const token = await later.account(later.k8s1, 'agent')
    const file = join(later.dir, 'k8s1.jwks')
    const { jwks } = later.k8s1.api
    const statusOf = async (): Promise<number> => (await later.ask('/pods', { token })).status

    const strange = jwksOf([await createTokenKey()])
    await writeFile(file, JSON.stringify(strange))
    expect(await statusOf()).toBe(401)
    await writeFile(file, JSON.stringify({ keys: [...strange.keys, ...jwks.keys] }))
    clock.advance(2_000)
    expect(await statusOf()).toBe(200)

    const otherName = jwks.keys.map((key) => ({ ...key, kid: 'the same key under another name' }))
    for (const keys of [jwks.keys, otherName]) {
      await writeFile(join(later.dir, 'k8s2.jwks'), JSON.stringify({ keys }))
      clock.advance(2_000)
      expect(await statusOf()).toBe(401)
    }
    expect(later.log()).toContain('two tenants have the same key')
  })
})

test('a stopped gateway leaves nothing open, and stopping twice is harmless', async () => {
  const stopped = await startGatewayRig()
  await stopped.gateway[Symbol.asyncDispose]()
  await stopped.gateway[Symbol.asyncDispose]()
  await expect(stopped.ask('/pods', { token: secret('x') })).rejects.toThrow('ECONNREFUSED')
  await stopped[Symbol.asyncDispose]()
})
