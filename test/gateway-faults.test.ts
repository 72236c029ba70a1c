import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { manualClock, type Secret } from '../src/core/index.ts'
import { createTokenKey, jwksOf } from '../src/kube/index.ts'
import { capturedPayloads, startFaultRig, type FaultRig } from './helpers/fault-rig.ts'
import type { Behaviour } from './helpers/scripted-server.ts'

const MIB = 1024 * 1024

// The same limits, made small: nobody wants to wait for fifteen seconds or to send 128 MiB.
vi.mock(import('../src/gateway/limits.ts'), async (original) => {
  const { LIMITS } = await original()
  return {
    LIMITS: {
      ...LIMITS,
      upstreamTimeoutMs: 600,
      reviewTimeoutMs: 400,
      upstreamBytes: 4 * 1024 * 1024,
    },
  }
})

/** What only the host, or the other tenant, may know. */
const FOREIGN = /k8s2|-x-test-app-x-|vcluster-k8s|host-app|loft\.sh|host-credential/
const PATHS = ['/pods', '/stats/summary', '/metrics/cadvisor'] as const
const CANNOT_READ = 'the node cannot be read at the moment\n'

const captured = await capturedPayloads()

/** Misbehaves on one path, and is honest on the others. */
const only =
  (path: string, behaviour: Behaviour): Behaviour =>
  (request, response) => {
    if (request.url === path) behaviour(request, response)
    else response.writeHead(200).end(captured[request.url ?? ''] ?? '')
  }

const answer =
  (status: number, type: string, body: string | Buffer, headers = {}): Behaviour =>
  (_, response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(body)
  }

const half =
  (path: string, length: 'told' | 'chunked'): Behaviour =>
  (_, response) => {
    const body = Buffer.from(captured[path] ?? '')
    response.writeHead(200, length === 'told' ? { 'content-length': body.length } : {})
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
  }

/** Ends without a word where a server that frames nothing would: a clean close in the middle of a line. */
const unframed =
  (path: string): Behaviour =>
  (_, response) => {
    const body = Buffer.from(captured[path] ?? '')
    const head = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'
    response.socket?.end(
      Buffer.concat([Buffer.from(head), body.subarray(0, (body.length >> 1) + 3)]),
    )
  }

let sent = 0
/** Sends for ever, as fast as it is read. */
const endless: Behaviour = (_, response) => {
  const chunk = Buffer.from(`# ${'x'.repeat(65_533)}\n`)
  response.writeHead(200)
  const more = (): void => {
    while (!response.destroyed) {
      sent += chunk.length
      if (!response.write(chunk)) break
    }
  }
  response.on('drain', more)
  more()
}

describe('a kubelet that', () => {
  let rig: FaultRig
  let token: Secret
  let other: Secret
  beforeAll(async () => {
    rig = await startFaultRig({ config: 'snapshot: { ttl: 0s }' })
    token = await rig.k8s1.token('agent')
    other = await rig.k8s2.token('agent')
  })
  beforeEach(() => (rig.kubelet.behave = undefined))
  afterAll(() => rig[Symbol.asyncDispose]())

  /** 502 without a word about the host, for every tenant, and at once good again when the kubelet is. */
  async function expectFailureAndRecovery(path: string): Promise<number> {
    const [failed, others] = await Promise.all([rig.ask(path, token), rig.ask(path, other)])
    expect([failed.status, failed.text]).toEqual([502, CANNOT_READ])
    expect(others.status).toBe(502)
    rig.kubelet.behave = undefined
    const again = await rig.ask(path, token)
    expect(again.status).toBe(200)
    expect(again.text).toContain('simple-app-k8s1')
    expect(again.text).not.toMatch(FOREIGN)
    return failed.ms
  }

  const faults: readonly (readonly [string, (path: string) => Behaviour])[] = [
    ['does not answer', () => () => undefined],
    [
      'sends a head and then nothing',
      () => (_, response) => response.writeHead(200).flushHeaders(),
    ],
    ['hangs up', () => (request) => request.socket.destroy()],
    ['sends half a body of a told length', (path) => half(path, 'told')],
    ['sends half a body in chunks', (path) => half(path, 'chunked')],
    ['sends half a body and closes cleanly', unframed],
    ['answers 500', () => answer(500, 'text/plain', 'the secret of 10.1.2.3')],
    ['answers 503', () => answer(503, 'text/plain', '')],
    ['answers 401 to our credential', () => answer(401, 'text/plain', 'Unauthorized')],
    ['answers 204', () => (_, response) => response.writeHead(204).end()],
    ['redirects', () => answer(302, 'text/plain', '', { location: 'https://127.0.0.1:1/pods' })],
    ['answers with a web page', () => answer(200, 'text/html', '<html>log in</html>\n')],
    ['answers with an empty body', () => answer(200, 'application/json', '')],
    [
      'speaks protobuf although text was asked for',
      () =>
        answer(
          200,
          'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
          Buffer.from('\x50\x0a\x1ccontainer_cpu_usage_seconds\x12\x02hi\x18\x00\n', 'latin1'),
        ),
    ],
    ['sends more than it may', () => endless],
    [
      'sends a gzip bomb although identity was asked for',
      () =>
        answer(200, 'text/plain', gzipSync(Buffer.alloc(64 * MIB, '\n')), {
          'content-encoding': 'gzip',
        }),
    ],
    [
      'compresses an honest answer although identity was asked for',
      (path) =>
        answer(200, 'text/plain', gzipSync(captured[path] ?? ''), { 'content-encoding': 'gzip' }),
    ],
  ]
  describe.each(faults)('%s', (_, fault) => {
    test.each(PATHS)('%s is 502 for everybody, and good again afterwards', async (path) => {
      rig.kubelet.behave = only(path, fault(path))
      // Half a second for the limit on its time, and what a busy machine adds.
      expect(await expectFailureAndRecovery(path)).toBeLessThan(5_000)
    })
  })

  test('sends for ever is cut off at the limit', async () => {
    sent = 0
    rig.kubelet.behave = only('/metrics/cadvisor', endless)
    expect((await rig.ask('/metrics/cadvisor', token)).status).toBe(502)
    // What lies in the sockets' buffers comes on top.
    expect(sent).toBeLessThan(24 * MIB)
  })

  test('left containers out of its cadvisor metrics is read once more, and no more than that', async () => {
    const gap = '# TYPE container_scrape_error gauge\ncontainer_scrape_error 1\n'
    const asked = (): number =>
      rig.kubelet.requests.filter(({ path }) => path === '/metrics/cadvisor').length
    const incomplete = only('/metrics/cadvisor', answer(200, 'text/plain; version=0.0.4', gap))
    const before = asked()
    rig.kubelet.behave = (request, response) => {
      if (request.url === '/metrics/cadvisor') rig.kubelet.behave = undefined
      incomplete(request, response)
    }
    const whole = await rig.ask('/metrics/cadvisor', token)
    expect(whole.text).toContain('simple-app-k8s1')
    expect(asked() - before).toBe(2)
    rig.kubelet.behave = incomplete
    expect(await rig.ask('/metrics/cadvisor', token)).toMatchObject({ status: 200, text: '' })
    expect(asked() - before).toBe(4)
  })

  test('is slow on one endpoint holds up nobody who asks for another', async () => {
    rig.kubelet.behave = only('/metrics/cadvisor', () => undefined)
    const slow = rig.ask('/metrics/cadvisor', token)
    const quick = await rig.ask('/stats/summary', token)
    expect(quick.status).toBe(200)
    expect(quick.ms).toBeLessThan(500)
    expect((await slow).status).toBe(502)
  })

  test('restarts on the same address is read again at once', async () => {
    expect((await rig.ask('/pods', token)).status).toBe(200)
    await rig.kubelet.stop()
    expect((await rig.ask('/pods', token)).status).toBe(502)
    expect((await fetch(`${rig.gateway.adminUrl}/readyz`)).status).toBe(503)
    await rig.kubelet.start()
    expect((await rig.ask('/pods', token)).status).toBe(200)
    expect((await fetch(`${rig.gateway.adminUrl}/readyz`)).status).toBe(200)
  })

  test('fails is told of in the log, and its words go nowhere else', () => {
    expect(rig.log()).toContain('the secret of 10.1.2.3')
    expect(rig.log()).not.toContain(token.reveal())
  })
})

describe('a host credential that is rotated', () => {
  test('is read again: requests go on with the new one', async () => {
    const clock = manualClock(Date.now())
    await using rig = await startFaultRig({ clock, config: 'snapshot: { ttl: 0s }' })
    const token = await rig.k8s1.token('agent')
    expect((await rig.ask('/pods', token)).status).toBe(200)
    // The old one ends before the new file is there: refused upstream is 502 here, never 401.
    await writeFile(join(rig.dir, 'accepted'), 'the-second-host-credential')
    const between = await rig.ask('/pods', token)
    expect([between.status, between.text]).toEqual([502, CANNOT_READ])
    await writeFile(join(rig.dir, 'token'), 'the-second-host-credential')
    clock.advance(61_000)
    await vi.waitFor(async () => expect((await rig.ask('/pods', token)).status).toBe(200), 10_000)
    expect(rig.log()).not.toContain('the-second-host-credential')
  })
})

describe('what is served when the kubelet fails', () => {
  test('without maxStale: a snapshot within its time to live, then 502', async () => {
    const clock = manualClock(Date.now())
    await using rig = await startFaultRig({ clock, config: 'snapshot: { ttl: 5s }' })
    const token = await rig.k8s1.token('agent')
    expect((await rig.ask('/metrics/cadvisor', token)).status).toBe(200)
    await rig.kubelet.stop()
    clock.advance(4_999)
    expect((await rig.ask('/metrics/cadvisor', token)).status).toBe(200)
    clock.advance(1)
    expect((await rig.ask('/metrics/cadvisor', token)).status).toBe(502)
  })

  test('with maxStale: the old snapshot for so long, each tenant its own, then 502', async () => {
    const clock = manualClock(Date.now())
    const config = 'snapshot: { ttl: 5s, maxStale: 30s }'
    await using rig = await startFaultRig({ clock, config })
    const [token, other] = [await rig.k8s1.token('agent'), await rig.k8s2.token('agent')]
    const fresh = await rig.ask('/metrics/cadvisor', token)
    rig.kubelet.behave = answer(500, 'text/plain', 'down')
    clock.advance(34_000)
    const stale = await rig.ask('/metrics/cadvisor', token)
    expect([stale.status, stale.text]).toEqual([200, fresh.text])
    expect((await rig.ask('/metrics/cadvisor', other)).text).not.toContain('k8s1')
    clock.advance(2_000)
    expect((await rig.ask('/metrics/cadvisor', token)).status).toBe(502)
    rig.kubelet.behave = undefined
    expect((await rig.ask('/metrics/cadvisor', token)).text).toBe(fresh.text)
  })
})

describe('a tenant’s API server that', () => {
  let rig: FaultRig
  const clock = manualClock(Date.now())
  beforeAll(async () => {
    rig = await startFaultRig({ clock, keys: 'url' })
  })
  afterAll(() => rig[Symbol.asyncDispose]())

  const faults: readonly (readonly [string, Behaviour])[] = [
    ['does not answer', () => undefined],
    ['hangs up', (request) => request.socket.destroy()],
    ['answers 500', answer(500, 'application/json', '{"kind":"Status"}')],
    ['answers 429', answer(429, 'application/json', '{}', { 'retry-after': '1' })],
    ['answers with a web page', answer(200, 'text/html', '<html>')],
    ['redirects', answer(307, 'text/plain', '', { location: 'https://127.0.0.1:1/' })],
    [
      'sends half a review',
      (_, response) => {
        response.writeHead(201, { 'content-length': 1000 })
        response.write('{"status":{"allowed":true', () => response.destroy())
      },
    ],
    ['sends far too much', answer(201, 'application/json', Buffer.alloc(MIB, ' '))],
  ]
  test.each(faults)(
    '%s is 503 for unknown callers of its own, and for nobody else',
    async (name, fault) => {
      const known = await rig.k8s1.token(`known-${name}`)
      const unknown = await rig.k8s1.token(`unknown-${name}`)
      const other = await rig.k8s2.token(`other-${name}`)
      expect((await rig.ask('/pods', known)).status).toBe(200)
      rig.k8s1.server.behave = fault
      const refused = await rig.ask('/pods', unknown)
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5'])
      expect(refused.ms).toBeLessThan(3_000)
      expect((await rig.ask('/pods', known)).status).toBe(200)
      expect((await rig.ask('/pods', other)).status).toBe(200)
      rig.k8s1.server.behave = undefined
      // That nobody answered is not remembered.
      expect((await rig.ask('/pods', unknown)).status).toBe(200)
    },
  )

  test('is gone and comes back is asked again', async () => {
    await rig.k8s1.server.stop()
    const token = await rig.k8s1.token('patient')
    expect((await rig.ask('/pods', token)).status).toBe(503)
    await rig.k8s1.server.start()
    expect((await rig.ask('/pods', token)).status).toBe(200)
  })

  test('rotates its keys: new tokens are good, old ones end with their review', async () => {
    const old = await rig.k8s1.token('rotated')
    expect((await rig.ask('/pods', old)).status).toBe(200)
    rig.k8s1.key = await createTokenKey()
    const fresh = await rig.k8s1.token('rotated')
    clock.advance(11_000) // An unknown key id makes the keys be fetched again, not more often than every 10 s.
    expect((await rig.ask('/pods', fresh)).status).toBe(200)
    expect((await rig.ask('/pods', old)).status).toBe(401)
  })

  test('publishes the other tenant’s key makes that key nobody’s: no token of it leaves the process', async () => {
    const victim = await rig.k8s2.token('victim-of-a-copied-key')
    rig.k8s1.server.behave = (request, response) => {
      if (request.url === '/openid/v1/jwks') {
        response.writeHead(200).end(JSON.stringify(jwksOf([rig.k8s1.key, rig.k8s2.key])))
      } else response.writeHead(201).end('{"status":{"allowed":true}}')
    }
    clock.advance(301_000)
    const before = [rig.k8s1.reviews(), rig.k8s2.reviews()]
    expect((await rig.ask('/pods', victim)).status).toBe(401)
    expect([rig.k8s1.reviews(), rig.k8s2.reviews()]).toEqual(before)
    rig.k8s1.server.behave = undefined
    clock.advance(301_000)
    expect((await rig.ask('/pods', victim)).status).toBe(200)
  })
})

describe('clock skew', () => {
  const MINUTE = 60_000
  let rig: FaultRig
  const clock = manualClock(Date.now())
  beforeAll(async () => {
    rig = await startFaultRig({ clock, config: 'snapshot: { ttl: 5s }' })
  })
  afterAll(() => rig[Symbol.asyncDispose]())

  test.each([
    ['a token that begins in 50 seconds by our clock: the issuer’s may be ahead', 50_000, 200],
    ['a token that begins in two minutes', 2 * MINUTE, 401],
    ['a token that ends in a second', -3_599_000, 200],
    ['a token that ended a second ago: no tolerance on this side', -3_601_000, 401],
  ])('%s', async (_, skew, status) => {
    const issuer = manualClock(clock.now() + skew)
    const token = await rig.k8s1.token('agent', { clock: issuer })
    expect((await rig.ask('/pods', token)).status).toBe(status)
  })

  test('a clock that steps back serves no snapshot for longer than it may', async () => {
    const token = await rig.k8s1.token('agent', { clock: manualClock(clock.now() - 30 * MINUTE) })
    expect((await rig.ask('/pods', token)).status).toBe(200)
    const reads = rig.kubelet.requests.length
    clock.advance(-20 * MINUTE)
    expect((await rig.ask('/pods', token)).status).toBe(200)
    expect(rig.kubelet.requests.length).toBeGreaterThan(reads)
  })
})
