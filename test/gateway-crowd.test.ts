import { createHmac } from 'node:crypto'
import { Agent, request as httpsRequest } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemClock, type Secret } from '../src/core/index.ts'
import { LIMITS } from '../src/gateway/limits.ts'
import { createTokenKey, signToken, type TokenKey } from '../src/kube/index.ts'
import { startFaultRig, type FaultRig } from './helpers/fault-rig.ts'
import { claimsOf } from './helpers/scripted-tenant.ts'

const MIB = 1024 * 1024
const BAD_TOKENS = 10_000

let rig: FaultRig
let token: Secret
beforeAll(async () => {
  rig = await startFaultRig({ config: 'snapshot: { ttl: 1m }' })
  token = await rig.k8s1.token('agent')
  await rig.ask('/metrics/cadvisor', token)
})
afterAll(() => rig[Symbol.asyncDispose]())

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Different every time, and each wrong in a way that somebody has tried before. */
function badToken(i: number, good: string, key: TokenKey): string {
  const [head = '', claims = '', signature = ''] = good.split('.')
  const own = { ...claimsOf(`admin-${i}`, systemClock), sub: 'system:admin' }
  const pem = key.publicKey.export({ type: 'spki', format: 'pem' })
  const hmac = `${part({ alg: 'HS256', kid: key.kid })}.${part(own)}`
  const shapes: readonly string[] = [
    `${head}.${part(own)}.${signature}`,
    `${head}.${claims}.${Buffer.from(`${i}`.padEnd(256, 'x')).toString('base64url')}`,
    `${part({ alg: 'none', kid: key.kid })}.${part(own)}.`,
    `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
    `${part({ alg: 'RS256', kid: `unknown-${i}` })}.${claims}.${signature}`,
    `${part({ alg: 'RS256', kid: key.kid, jwk: { kty: 'oct', k: 'AA' }, n: i })}.${part(own)}.${signature}`,
    `${part({ alg: 'RS256' })}.${part(own)}.${signature}`,
    `${'a'.repeat(i % 97)}.b.c${i}`,
    `no-jwt-at-all-${i}`,
    `${'x'.repeat(8_000)}${i}`,
  ]
  return shapes[i % shapes.length] ?? ''
}

/** Over kept-alive connections, as a client in a hurry would. */
function status(bearer: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: rig.gateway.port, ca: rig.caPem, agent }
    const headers = { authorization: `Bearer ${bearer}` }
    httpsRequest({ ...options, path: '/pods', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
      .on('error', reject)
      .end()
  })
}

/** How long the gateway bears a head that comes byte by byte, in ms. */
async function drip(): Promise<number> {
  const [socket] = await crowd(1, 1, 12, tls)
  const closed = new Promise((resolve) => socket?.once('close', resolve))
  socket?.write('GET /pods HTTP/1.1\r\n')
  const dripping = setInterval(() => socket?.write('X'), 200)
  const started = performance.now()
  await closed
  clearInterval(dripping)
  return performance.now() - started
}

describe('a flood of tokens', () => {
  // It waits long and does little: the flood comes meanwhile.
  let slowHead: Promise<number>
  beforeAll(() => {
    slowHead = drip()
  })

  test('10,000 different bad tokens: each 401, no review leaves the process, memory stays', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 16 })
    const reviews = rig.k8s1.reviews() + rig.k8s2.reviews()
    const statuses = new Map<number, number>()
    const send = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) {
        const got = await status(badToken(i, token.reveal(), rig.k8s1.key), agent)
        statuses.set(got, (statuses.get(got) ?? 0) + 1)
      }
    }
    const crowd = (from: number, to: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          send(from + ((to - from) * i) / 16, from + ((to - from) * (i + 1)) / 16),
        ),
      )
    await crowd(0, 1_600)
    const before = process.memoryUsage()
    await crowd(1_600, BAD_TOKENS)
    const after = process.memoryUsage()
    agent.destroy()
    expect(Object.fromEntries(statuses)).toEqual({ 401: BAD_TOKENS })
    expect(rig.k8s1.reviews() + rig.k8s2.reviews()).toBe(reviews)
    // The log of this test alone takes some; what grew per token would be 80 MiB for tokens of 8 KiB.
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(
      60 * MIB,
    )
    expect((await rig.ask('/pods', token)).status).toBe(200)
  }, 60_000)

  test('tokens of a key that no tenant has are not sent to anybody', async () => {
    const key = await createTokenKey()
    const before = [rig.k8s1.reviews(), rig.k8s2.reviews()]
    const stranger = await signToken(key, claimsOf('agent', systemClock))
    expect((await rig.ask('/pods', stranger)).status).toBe(401)
    expect([rig.k8s1.reviews(), rig.k8s2.reviews()]).toEqual(before)
  })

  test('a thousand revoked tokens are asked about once each, and never more than the limit at a time', async () => {
    let open = 0
    let most = 0
    rig.k8s1.server.behave = (request, response) => {
      most = Math.max(most, ++open)
      request.resume().on('end', () => {
        open--
        response.writeHead(401).end('{}')
      })
    }
    const agent = new Agent({ keepAlive: true, maxSockets: 48 })
    const before = rig.k8s1.reviews()
    const tokens = await Promise.all(
      Array.from({ length: 300 }, (_, i) => rig.k8s1.token(`revoked-${i}`)),
    )
    const got = await Promise.all(tokens.map((each) => status(each.reveal(), agent)))
    agent.destroy()
    rig.k8s1.server.behave = undefined
    // Above the limit: 503 at once, which is asked again later.
    expect(got.filter((code) => code !== 401 && code !== 503)).toEqual([])
    expect(got).toContain(401)
    expect(rig.k8s1.reviews() - before).toBeLessThanOrEqual(300)
    expect(most).toBeLessThanOrEqual(LIMITS.concurrentReviews + 1)
    expect((await rig.ask('/pods', await rig.k8s2.token('unharmed'))).status).toBe(200)
  })

  test('a head that comes byte by byte is ended in time', async () => {
    // Node by itself looks at its connections every 30 s.
    expect(await slowHead).toBeLessThan(LIMITS.headersTimeoutMs + 4_000)
  }, 60_000)
})

/** Opens connections from many loopback addresses, as from many pods. */
async function crowd(
  count: number,
  perAddress: number,
  network: number,
  open: (localAddress: string) => Socket,
): Promise<Socket[]> {
  const sockets: Socket[] = []
  // No more at a time than the system lets wait: it tells who comes too much only after a second.
  for (let from = 0; from < count; from += 250) {
    const some = Array.from({ length: Math.min(250, count - from) }, (_, i) => {
      const socket = open(`127.0.${network}.${1 + Math.floor((from + i) / perAddress)}`)
      return socket.on('error', () => undefined).resume()
    })
    sockets.push(...some)
    await Promise.all(
      some.map(
        (socket) =>
          new Promise((resolve) => {
            socket.once('connect', resolve).once('close', resolve)
          }),
      ),
    )
  }
  return sockets
}

const tcp = (localAddress: string): Socket =>
  connectTcp({ host: '127.0.0.1', port: rig.gateway.port, localAddress })

const tls = (localAddress: string): Socket =>
  connectTls({
    ca: rig.caPem,
    socket: tcp(localAddress),
    servername: 'node',
    checkServerIdentity: () => undefined,
  })

const alive = (sockets: readonly Socket[]): number =>
  sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length

describe('a crowd of connections', () => {
  test('one address has its share and no more; others are served', async () => {
    const sockets = await crowd(LIMITS.connectionsPerAddress + 20, 1_000, 9, tcp)
    await vi.waitFor(() => expect(alive(sockets)).toBeLessThanOrEqual(LIMITS.connectionsPerAddress))
    expect((await rig.ask('/pods', token)).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })

  test('5,000 idle and 500 slow connections of many addresses keep nobody out', async () => {
    const kept = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(await status(token.reveal(), kept)).toBe(200)
    const idle = await crowd(5_000, 50, 10, tcp)
    const slow = await crowd(500, 50, 11, tls)
    for (const socket of slow) socket.write('GET /pods HTTP/1.1\r\nHost: node\r\nX-Slow: ')
    await vi.waitFor(
      () => expect(alive([...idle, ...slow])).toBeLessThanOrEqual(LIMITS.connections),
      { timeout: 10_000 },
    )
    const started = performance.now()
    for (let i = 0; i < 20; i++) {
      for (const socket of slow) if (!socket.destroyed) socket.write('a')
      expect((await rig.ask('/metrics/cadvisor', token)).status).toBe(200)
    }
    expect((performance.now() - started) / 20).toBeLessThan(500)
    // And a known client's open connection was not taken for a newcomer's.
    const reused = await new Promise<boolean>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: rig.gateway.port, ca: rig.caPem, agent: kept }
      const headers = { authorization: `Bearer ${token.reveal()}` }
      const again = httpsRequest({ ...options, path: '/pods', headers }, (response) => {
        response.resume().on('end', () => resolve(again.reusedSocket))
      })
      again.on('error', reject).end()
    })
    expect(reused).toBe(true)
    kept.destroy()
    for (const socket of [...idle, ...slow]) socket.destroy()
    const text = await (await fetch(`${rig.gateway.adminUrl}/metrics`)).text()
    const pushedOut = /connections_refused_total\{why="pushed-out"\} (\d+)/.exec(text)?.[1]
    expect(Number(pushedOut)).toBeGreaterThan(4_500)
  }, 60_000)
})

test('a tenant that asks 1,000 times a second is told so, and the other one does not notice', async () => {
  const [loud, calm] = await Promise.all([rig.k8s1.token('loud'), rig.k8s2.token('calm')])
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const calmAgent = new Agent({ keepAlive: true, maxSockets: 1 })
  const [got, calmly]: [Promise<number>[], [number, number][]] = [[], []]
  const start = performance.now()
  const elapsed = (): number => performance.now() - start
  while (got.length < 2_000) {
    while (got.length < Math.min(2_000, elapsed())) got.push(status(loud.reveal(), agent))
    const asked = performance.now()
    calmly.push([await status(calm.reveal(), calmAgent), performance.now() - asked])
    await sleep(50)
  }
  const codes = await Promise.all(got)
  const seconds = elapsed() / 1_000
  agent.destroy()
  calmAgent.destroy()
  const count = (code: number): number => codes.filter((each) => each === code).length
  // The defaults of limits.burst and limits.requestsPerSecond.
  expect(count(200)).toBeLessThanOrEqual(200 + 100 * seconds + 1)
  expect(count(200) + count(429)).toBe(2_000)
  expect(count(429)).toBeGreaterThan(0)
  expect(calmly.filter(([code]) => code !== 200)).toEqual([])
  // Client and gateway share this process, so this is far above what it is.
  const times = calmly.map(([, ms]) => ms).sort((a, b) => a - b)
  expect(times[Math.floor(times.length / 2)]).toBeLessThan(500)
}, 60_000)

test('no bad token is in the log', () => {
  expect(rig.log()).not.toContain(token.reveal())
  expect(rig.log()).not.toMatch(/no-jwt-at-all-\d|xxxxxxxxxx/)
})
