import { readFile, writeFile } from 'node:fs/promises'
import { Agent, request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { manualClock, waitFor, type Secret } from '../src/core/index.ts'
import { METRICS } from '../src/gateway/metric-table.ts'
import { startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

interface Line {
  readonly msg: string
  readonly verdict?: string
  readonly why?: string
  readonly [field: string]: unknown
}

let rig: GatewayRig
let agent: Secret
const lines = (msg: string): Line[] =>
  rig
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line.msg === msg)

async function start(options: Parameters<typeof startGatewayRig>[0] = {}): Promise<void> {
  rig = await startGatewayRig(options)
  agent = await rig.account(rig.k8s1, 'agent')
}
afterEach(() => rig[Symbol.asyncDispose]())

const admin = async (path: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(rig.gateway.adminUrl + path)
  return { status: response.status, text: await response.text() }
}

/** One request on a kept-alive connection; `close` is what the answer says of the connection. */
function askOn(
  connections: Agent,
  path: string,
): Promise<{ status: number; port: number | undefined; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${agent.reveal()}` }
    const { port } = rig.gateway
    const options = { host: '127.0.0.1', port, path, ca: rig.caPem, agent: connections, headers }
    httpsRequest(options, (response) => {
      const local = response.socket.localPort
      const { connection } = response.headers
      response.resume().on('end', () => {
        resolve({ status: response.statusCode ?? 0, port: local, connection })
      })
    })
      .on('error', reject)
      .end()
  })
}

/** The serial number of the certificate that a new connection is shown. */
function serialShown(): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = rig.gateway
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: rig.caPem }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    }).on('error', reject)
  })
}

describe('the log and the metrics', () => {
  beforeEach(() => start())

  test('every request leaves exactly one line, with tenant, user, verdict and reason', async () => {
    const none = await rig.account(rig.k8s1, 'nobody', [])
    const asked: [string, Secret | string | undefined, string][] = [
      ['/pods', agent, 'allowed'],
      ['/metrics/cadvisor', none, 'forbidden'],
      ['/pods', undefined, 'unauthenticated'],
      ['/stats/summary', 'nonsense', 'unauthenticated'],
      [`/exec/a/b/c?token=${agent.reveal().slice(0, 100)}`, agent, 'not-served'],
      [`/${agent.reveal().slice(0, 100)}`, agent, 'not-served'],
    ]
    for (const [i, [path, token, verdict]] of asked.entries()) {
      await rig.ask(path, token === undefined ? {} : { token })
      expect(lines('request')).toHaveLength(i + 1)
      expect(lines('request')[i]).toMatchObject({ verdict })
    }
    const user = 'system:serviceaccount:datadog:agent'
    const [allowed, forbidden, nobody, , exec, unknown] = lines('request')
    expect(allowed).toMatchObject({ tenant: 'k8s1', user, endpoint: 'pods', path: '/pods' })
    expect(allowed?.['bytes']).toBeGreaterThan(1000)
    expect(forbidden).toMatchObject({ tenant: 'k8s1', status: 403, path: '/metrics' })
    expect(nobody).toMatchObject({ why: 'no bearer token', status: 401 })
    expect(exec).toMatchObject({ path: '/exec', endpoint: 'none' })
    expect(unknown).toMatchObject({ path: 'other' })
  })

  test('no token and no part of one is in the log or in the metrics', async () => {
    await rig.ask('/pods', { token: agent })
    await rig.ask(`/run/${agent.reveal().slice(0, 200)}`, { token: agent })
    await rig.ask('/pods?x', { token: `${agent.reveal()}x` })
    await rig.ask('/pods', { token: `${agent.reveal().slice(0, -5)}AAAAA` })
    const host = await readFile(join(rig.dir, 'token'), 'utf8')
    const told = rig.log() + (await admin('/metrics')).text
    const [head = '', claims = '', signature = ''] = agent.reveal().split('.')
    for (const part of [head, claims, signature.slice(0, 40), host]) {
      expect(part.length).toBeGreaterThan(10)
      expect(told).not.toContain(part)
    }
  })

  test('the metrics tell of requests, reviews, caches, the node and the process', async () => {
    await rig.ask('/metrics/cadvisor', { token: agent })
    await rig.ask('/metrics/cadvisor', { token: agent })
    const { text } = await admin('/metrics')
    const value = (series: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      )
    const labels = 'endpoint="cadvisor",code="200",tenant="k8s1"'
    expect(value(`sublet_gateway_requests_total{${labels}}`)).toBe(2)
    expect(value('sublet_gateway_decisions_total{verdict="allowed",tenant="k8s1"}')).toBe(2)
    expect(value('sublet_gateway_cache_requests_total{cache="users",result="miss"}')).toBe(1)
    expect(value('sublet_gateway_cache_requests_total{cache="users",result="hit"}')).toBe(1)
    const who = 'review="who",result="answered"'
    expect(value(`sublet_gateway_review_duration_seconds_count{${who}}`)).toBe(1)
    expect(value('sublet_gateway_upstream_reads_total{endpoint="cadvisor"}')).toBe(1)
    expect(value('sublet_gateway_upstream_bytes_total{endpoint="cadvisor"}')).toBeGreaterThan(1e5)
    const read = 'sublet_gateway_upstream_read_duration_seconds_count{endpoint="cadvisor"}'
    expect(value(read)).toBe(1)
    expect(value('sublet_gateway_rows_total{fate="no-owner"}')).toBeGreaterThan(0)
    expect(value('sublet_gateway_tls_not_after_timestamp_seconds')).toBeGreaterThan(1.7e9)
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7)
    for (const name of Object.keys(METRICS)) expect(text).toContain(`# TYPE ${name} `)
  })
})

test('it is ready only when the node can be read, and alive all the time', async () => {
  const clock = manualClock(Date.now())
  await start({ clock, config: 'snapshot: { ttl: 5s }' })
  expect(await admin('/readyz')).toEqual({ status: 200, text: 'ok' })
  rig.kubelet.overrides.set('/pods', { status: 500, body: 'no' })
  // What was read a moment ago says that it can be read, until somebody finds that it cannot.
  expect((await admin('/readyz')).status).toBe(200)
  clock.advance(5001)
  expect((await rig.ask('/healthz', { token: agent })).status).toBe(502)
  expect((await admin('/readyz')).status).toBe(503)
  expect((await admin('/livez')).status).toBe(200)
})

describe('a kubelet that fails', () => {
  const failing = (): void => {
    for (const path of ['/pods', '/metrics/cadvisor', '/stats/summary']) {
      rig.kubelet.overrides.set(path, { status: 500, body: 'no' })
    }
  }
  test.each([['/pods'], ['/metrics/cadvisor'], ['/stats/summary']])(
    'is covered by what was read of %s before, for snapshot.maxStale, with its age',
    async (path) => {
      const clock = manualClock(Date.now())
      await start({ clock, config: 'snapshot: { ttl: 5s, maxStale: 20s }' })
      const fresh = await rig.ask(path, { token: agent })
      expect([fresh.status, fresh.headers['age']]).toEqual([200, undefined])
      failing()
      clock.advance(12_000)
      const stale = await rig.ask(path, { token: agent })
      expect([stale.status, stale.headers['age']]).toEqual([200, '12'])
      expect(stale.text).toBe(fresh.text)
      clock.advance(13_001)
      expect((await rig.ask(path, { token: agent })).status).toBe(502)
    },
  )

  test('is covered by nothing unless maxStale says so', async () => {
    const clock = manualClock(Date.now())
    await start({ clock })
    expect((await rig.ask('/pods', { token: agent })).status).toBe(200)
    failing()
    clock.advance(5_001)
    expect((await rig.ask('/pods', { token: agent })).status).toBe(502)
  })

  test('and old pods do not become fresh by dividing something with them', async () => {
    const clock = manualClock(Date.now())
    await start({ clock, config: 'snapshot: { ttl: 5s, maxStale: 20s }' })
    await rig.ask('/pods', { token: agent })
    rig.kubelet.overrides.set('/pods', { status: 500, body: 'no' })
    clock.advance(12_000)
    const { status, headers } = await rig.ask('/metrics/cadvisor', { token: agent })
    expect([status, headers['age']]).toEqual([200, '12'])
  })
})

describe('a tenant that asks too often', () => {
  test('is told to wait, and the others do not notice', async () => {
    const clock = manualClock(Date.now())
    await start({ clock, config: 'limits: { requestsPerSecond: 2, burst: 3 }' })
    const other = await rig.account(rig.k8s2, 'agent')
    const ask = async (token: Secret): Promise<number> => (await rig.ask('/pods', { token })).status
    expect([await ask(agent), await ask(agent), await ask(agent)]).toEqual([200, 200, 200])
    const refused = await rig.ask('/pods', { token: agent })
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1'])
    expect(await ask(other)).toBe(200)
    clock.advance(500)
    expect([await ask(agent), await ask(agent)]).toEqual([200, 429])
    const { text } = await admin('/metrics')
    expect(text).toContain('sublet_gateway_throttled_total{limit="rate",tenant="k8s1"} 2')
  })
})

describe('a reload', () => {
  beforeEach(() => start({ reloads: true }))
  const edit = async (change: (text: string) => string): Promise<void> =>
    writeFile(rig.configFile, change(await readFile(rig.configFile, 'utf8')))

  test('takes the new configuration and keeps the connections', async () => {
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    const before = await askOn(kept, '/pods')
    await edit((text) => text.slice(0, text.indexOf('\n  - name: k8s2')) + '\n')
    expect(await rig.gateway.reload('a test')).toEqual({ ok: true })
    const after = await askOn(kept, '/pods')
    expect(after).toEqual({ ...before, status: 200 })
    const other = await rig.account(rig.k8s2, 'agent')
    expect((await rig.ask('/pods', { token: other })).status).toBe(401)
    kept.destroy()
  })

  test('that is broken is refused and logged, and the old configuration stays', async () => {
    await edit((text) => text.replace('nodeName', 'nodeNaem'))
    expect(await rig.gateway.reload('a test')).toMatchObject({ ok: false })
    expect((await rig.ask('/pods', { token: agent })).status).toBe(200)
    const [line] = lines('the new configuration is refused; the old one stays')
    expect(line?.why).toContain('nodeNaem')
    const { text } = await admin('/metrics')
    expect(text).toContain('sublet_gateway_config_last_reload_successful 0')
  })

  test('while a request is under way lets it end as it began', async () => {
    let go = (): void => undefined
    const after = new Promise<void>((resolve) => (go = resolve))
    const body = await readFile(new URL('fixtures/vcluster-node/pods.json', import.meta.url))
    rig.kubelet.overrides.set('/pods', { status: 200, body, after })
    const asked = rig.ask('/pods', { token: agent })
    await waitFor('a read', () => rig.kubelet.requests[0], { timeoutMs: 5_000 })
    await edit((text) =>
      text.replace('0.0', '0.0').replace('tenants:', 'snapshot: { ttl: 7s }\ntenants:'),
    )
    expect(await rig.gateway.reload('a test')).toEqual({ ok: true })
    go()
    expect((await asked).status).toBe(200)
  })

  test('changes the certificate only together with its key', async () => {
    const first = await serialShown()
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    const before = await askOn(kept, '/pods')
    const made = await rig.authority.issueServing({ commonName: 'n', addresses: ['127.0.0.1'] })
    await writeFile(join(rig.dir, 'tls.crt'), made.certPem)
    expect(await rig.gateway.reload('half')).toMatchObject({ ok: false })
    expect(await serialShown()).toBe(first)
    await writeFile(join(rig.dir, 'tls.key'), made.keyPem)
    expect(await rig.gateway.reload('whole')).toEqual({ ok: true })
    expect(await serialShown()).not.toBe(first)
    expect(await askOn(kept, '/pods')).toEqual(before)
    // What was known of callers is known still: a renewed certificate says nothing about them.
    expect(lines('reloaded').at(-1)).toMatchObject({ anew: false })
    kept.destroy()
  })
})

describe('a gateway that is told to stop', () => {
  beforeEach(() => start())

  test('answers what is under way, says so, and accepts nothing new', async () => {
    let go = (): void => undefined
    const after = new Promise<void>((resolve) => (go = resolve))
    const body = await readFile(new URL('fixtures/vcluster-node/pods.json', import.meta.url))
    rig.kubelet.overrides.set('/pods', { status: 200, body, after })
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    const asked = askOn(kept, '/pods')
    const idle = connect({ host: '127.0.0.1', port: rig.gateway.port, ca: rig.caPem })
    const idleClosed = new Promise((resolve) => idle.on('error', () => 0).on('close', resolve))
    await waitFor('a read', () => rig.kubelet.requests[0], { timeoutMs: 5_000 })
    const drained = rig.gateway.drain()
    expect(await admin('/readyz')).toEqual({ status: 503, text: 'draining\n' })
    await expect(rig.ask('/pods', { token: agent })).rejects.toThrow('ECONNREFUSED')
    go()
    expect(await asked).toMatchObject({ status: 200, connection: 'close' })
    await Promise.all([drained, idleClosed])
  })
})
