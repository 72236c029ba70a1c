import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Secret } from '../src/core/index.ts'
import { startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

let rig: GatewayRig
let token: Secret

beforeAll(async () => {
  rig = await startGatewayRig()
  token = await rig.account(rig.k8s1, 'agent')
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Sends bytes as they are and gives all that comes back until the server closes, or a second has passed in silence. */
async function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect({ host: '127.0.0.1', port: rig.gateway.port, ca: rig.caPem }, () =>
      socket.write(request),
    )
    socket.setTimeout(1_000, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('close', () => resolve(answer))
    socket.on('error', (error) => {
      if (answer === '') reject(error as Error)
      else resolve(answer)
    })
  })
}

const head = (line: string, headers: readonly string[] = []): string =>
  [
    line,
    'Host: node',
    `Authorization: Bearer ${token.reveal()}`,
    ...headers,
    'Connection: close',
    '',
    '',
  ].join('\r\n')
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
const upstreamPaths = (): Set<string> => new Set(rig.kubelet.requests.map(({ path }) => path))

test('the honest request is served, so that the others are not refused for another reason', async () => {
  expect(statusOf(await raw(head('GET /stats/summary HTTP/1.1')))).toBe(200)
})

describe('path confusion, as bytes on the wire', () => {
  test.each([
    'GET //pods HTTP/1.1',
    'GET /pods/../exec/vcluster-k8s2/simple-app-k8s2-x-test-app-x-k8s2/simple-app HTTP/1.1',
    'GET /%2e%2e/exec HTTP/1.1',
    'GET /pods%2f..%2frun HTTP/1.1',
    'GET /pods#x HTTP/1.1',
    'GET https://127.0.0.1:10250/pods HTTP/1.1',
    'GET http://victim/stats/summary HTTP/1.1',
    'GET /pods;x=y HTTP/1.1',
    'GET \\pods HTTP/1.1',
  ])('%s', async (line) => {
    expect(statusOf(await raw(head(line)))).toBe(400)
  })
})

describe('upgrade smuggling', () => {
  const upgrade = [
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
  ]
  test.each([
    'GET /exec/vcluster-k8s2/simple-app-k8s2-x-test-app-x-k8s2/simple-app?command=id HTTP/1.1',
    'GET /pods HTTP/1.1',
    'GET /stats/summary HTTP/1.1',
  ])('%s', async (line) => {
    const request = head(line, upgrade).replace('Connection: close', 'Connection: Upgrade')
    const answer = await raw(request)
    expect(statusOf(answer)).toBe(400)
    expect(answer).not.toContain('101')
  })

  test('CONNECT', async () => {
    expect(statusOf(await raw(head('CONNECT 127.0.0.1:10250 HTTP/1.1')))).toBe(400)
  })
})

describe('header smuggling', () => {
  test('two Authorization headers, both good', async () => {
    const again = [`Authorization: Bearer ${token.reveal()}`]
    expect(statusOf(await raw(head('GET /pods HTTP/1.1', again)))).toBe(401)
  })

  test.each([
    [['Transfer-Encoding: chunked', 'Content-Length: 4']],
    [['Transfer-Encoding: chunked']],
    [['Content-Length: 4']],
    [['Content-Length: 4', 'Content-Length: 5']],
    [['Transfer-Encoding : chunked']],
    [['Expect: 100-continue']],
  ])('%j', async (headers) => {
    const answer = await raw(
      head('GET /pods HTTP/1.1', headers) + '0\r\n\r\nGET /exec HTTP/1.1\r\n\r\n',
    )
    expect(statusOf(answer)).toBe(400)
    expect(answer.match(/HTTP\/1\.1 [12]/)).toBeNull()
  })

  test('impersonation and forwarding headers change nothing', async () => {
    const answer = await raw(
      head('GET /pods HTTP/1.1', [
        'Impersonate-User: system:admin',
        'X-Remote-User: system:admin',
        'X_Forwarded_Uri: /exec',
        'X-Original-URL: /exec',
      ]),
    )
    expect(statusOf(answer)).toBe(200)
    expect(answer).not.toContain('k8s2')
  })

  test('a head that is too large', async () => {
    const answer = await raw(head('GET /pods HTTP/1.1', [`X-Big: ${'a'.repeat(64 * 1024)}`]))
    expect(statusOf(answer)).toBe(431)
  })
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('method %s', async (method) => {
  expect(statusOf(await raw(head(`${method} /stats/summary HTTP/1.1`)))).toBe(405)
})

test('TLS 1.1 is not spoken', async () => {
  await expect(
    new Promise((resolve, reject) => {
      const socket = connect(
        {
          host: '127.0.0.1',
          port: rig.gateway.port,
          ca: rig.caPem,
          maxVersion: 'TLSv1.1',
          minVersion: 'TLSv1',
        },
        () => resolve('connected'),
      )
      socket.on('error', reject)
    }),
  ).rejects.toThrow()
})

test('through all of this the kubelet was asked for served paths only, by plain GET', () => {
  for (const path of upstreamPaths()) {
    expect(['/pods', '/stats/summary', '/metrics/cadvisor']).toContain(path)
  }
  expect(new Set(rig.kubelet.requests.map(({ method }) => method))).toEqual(new Set(['GET']))
})
