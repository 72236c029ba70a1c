import { Agent, request as httpsRequest } from 'node:https'
import { once } from 'node:events'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Secret } from '../src/core/index.ts'
import { LIMITS } from '../src/gateway/limits.ts'
import { capturedPayloads, startFaultRig, type FaultRig } from './helpers/fault-rig.ts'

// What takes half a minute in truth.
vi.mock('../src/gateway/limits.ts', async (original) => {
  const { LIMITS: real } = await original<typeof import('../src/gateway/limits.ts')>()
  const short = { responseTimeoutMs: 1_500, drainMs: 400, connectionsPerTenant: 50 }
  return { LIMITS: { ...real, ...short } }
})

const MIB = 1024 * 1024
const READERS = 40

let rig: FaultRig
let [token, other]: Secret[] = []

beforeAll(async () => {
  const payloads = await capturedPayloads()
  const lines = String(payloads['/metrics/cadvisor']).split('\n')
  const isOwn = (line: string): boolean => line.includes('namespace="vcluster-k8s1"')
  const cadvisor = lines.flatMap((line) => (isOwn(line) ? Array<string>(60).fill(line) : [line]))
  rig = await startFaultRig({
    payloads: { ...payloads, '/metrics/cadvisor': cadvisor.join('\n') },
    config: 'snapshot: { ttl: 1m }\nlimits: { inFlight: 100 }',
  })
  ;[token, other] = await Promise.all([rig.k8s1.token('agent'), rig.k8s2.token('agent')])
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Asks, and takes nothing of the answer by itself. */
async function ask(path: string, bearer: Secret | undefined): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: rig.gateway.port, ca: rig.caPem })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer ${bearer?.reveal() ?? ''}\r\n\r\n`,
  )
  await once(socket, 'readable')
  return socket
}

const refusedBecause = async (why: string): Promise<number> => {
  const text = await (await fetch(`${rig.gateway.adminUrl}/metrics`)).text()
  const row = new RegExp(`^sublet_gateway_connections_refused_total\\{why="${why}"\\} (\\d+)$`, 'm')
  return Number(row.exec(text)?.[1] ?? 0)
}

test('who reads a large slice byte by byte pins a piece of it, is cut off in time, and harms nobody', async () => {
  const whole = (await rig.ask('/metrics/cadvisor', token as Secret)).text.length
  expect(whole).toBeGreaterThan(2 * MIB)
  const before = process.memoryUsage().rss
  const started = performance.now()
  const sockets = await Promise.all(
    Array.from({ length: READERS }, () => ask('/metrics/cadvisor', token)),
  )
  const drip = setInterval(() => {
    for (const socket of sockets) socket.read(1)
  }, 100)
  expect((await rig.ask('/metrics/cadvisor', other as Secret)).status).toBe(200)
  const held = process.memoryUsage().rss - before
  // All of it would be more than this.
  expect(held).toBeLessThan((READERS * whole) / 2)
  await vi.waitFor(async () => expect(await refusedBecause('slow-reader')).toBe(READERS), 5_000)
  expect(performance.now() - started).toBeGreaterThan(LIMITS.responseTimeoutMs)
  clearInterval(drip)
  const ended = sockets.map((socket) => once(socket.resume(), 'close'))
  await Promise.all(ended)
  expect((await rig.ask('/metrics/cadvisor', token as Secret)).text).toHaveLength(whole)
})

test('a tenant has its share of connections and no more; another tenant is served', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const status = (bearer: Secret | undefined, from: string): Promise<[number, string]> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${bearer?.reveal() ?? ''}` }
      const options = { host: '127.0.0.1', port: rig.gateway.port, ca: rig.caPem, agent, headers }
      httpsRequest({ ...options, path: '/pods', localAddress: from }, (response) => {
        const answer: [number, string] = [
          response.statusCode ?? 0,
          response.headers.connection ?? '',
        ]
        response.resume().on('end', () => resolve(answer))
      })
        .on('error', reject)
        .end()
    })
  const all = await Promise.all(
    Array.from({ length: LIMITS.connectionsPerTenant + 5 }, (_, i) =>
      status(token, `127.0.20.${1 + (i % 9)}`),
    ),
  )
  const refused = all.filter(([code]) => code !== 200)
  expect(refused).toEqual(Array.from({ length: 5 }, () => [429, 'close']))
  expect(await refusedBecause('tenant')).toBe(5)
  expect(await status(other, '127.0.20.1')).toEqual([200, 'keep-alive'])
  agent.destroy()
  await vi.waitFor(async () => {
    expect((await rig.ask('/pods', token as Secret)).status).toBe(200)
  })
})

test('what is not over when the time to drain is, is cut off, and the gateway ends', async () => {
  const socket = await ask('/metrics/cadvisor', token)
  const closed = once(socket, 'close')
  const started = performance.now()
  await rig.gateway.drain()
  const took = performance.now() - started
  expect(took).toBeGreaterThanOrEqual(LIMITS.drainMs - 10)
  expect(took).toBeLessThan(LIMITS.drainMs + 3_000)
  socket.resume()
  await closed
})
