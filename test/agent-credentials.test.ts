import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../src/agent/config.ts'
import { createHttpGetter } from '../src/agent/http-get.ts'
import type { KubeletClient } from '../src/agent/kubelet/client.ts'
import { createKubeletConnection } from '../src/agent/kubelet/connection.ts'
import { createAgentLog } from '../src/agent/log.ts'
import { closeServer, listen } from '../src/core/index.ts'
import { createAuthority, type Authority, type KeyPair } from '../src/kube/index.ts'

/** One kubelet and API server for the whole file: TLS, a token that can be changed, client certificates. */
const dir = mkdtempSync(join(tmpdir(), 'sublet-credentials-'))
const path = (name: string): string => join(dir, name)
const none = { addressesOf: () => Promise.resolve([]), namesOf: () => Promise.resolve([]) }
const lookups = () => ({ ...none, dockerHostName: () => Promise.resolve(undefined) })
const signal = new AbortController().signal

let authority: Authority
let server: Server
let port: number
let valid: string
const seen: { url: string; authorization: string | undefined; user: unknown }[] = []
const certificates = new Map<string, KeyPair>()

beforeAll(async () => {
  authority = await createAuthority('kubelet-ca')
  const other = await createAuthority('other-ca')
  const client = await authority.issueClient({ commonName: 'the-agent' })
  certificates.set('address', await serving({ addresses: ['127.0.0.1'] }))
  certificates.set('elsewhere', await serving({ addresses: ['10.9.9.9'] }))
  certificates.set('named', await serving({ dnsNames: ['localhost'] }))
  certificates.set('names', await serving({ dnsNames: ['node-1'] }))
  certificates.set('bare', await authority.issueServing({ commonName: 'localhost' }))
  writeFileSync(path('ca.crt'), authority.certPem)
  writeFileSync(path('other.crt'), other.certPem)
  writeFileSync(path('client.crt'), client.certPem)
  writeFileSync(path('client.key'), client.keyPem)
  server = createServer({
    ...pairOf('address'),
    ca: authority.certPem,
    requestCert: true,
    rejectUnauthorized: false,
  })
  server.on('request', (request, response) => {
    const socket = request.socket as TLSSocket
    const certificate = socket.authorized ? socket.getPeerCertificate() : undefined
    const { authorization } = request.headers
    const url = request.url ?? ''
    seen.push({ url, authorization, user: certificate?.subject.CN })
    const known = certificate !== undefined || authorization === `Bearer ${valid}`
    response.writeHead(known ? 200 : 401)
    response.end(known ? '{"node":{"nodeName":"node-1"}}' : 'Unauthorized')
  })
  port = await listen(server, { address: '127.0.0.1', port: 0 }, 'the test')
})
afterAll(async () => {
  await closeServer(server)
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(() => {
  seen.length = 0
  valid = 'token-one'
  writeFileSync(path('token'), valid)
  server.setSecureContext(pairOf('address'))
})

const serving = (names: { addresses?: string[]; dnsNames?: string[] }): Promise<KeyPair> =>
  authority.issueServing({ commonName: 'kubelet', ...names })

function pairOf(name: string): { cert: string; key: string; ca: string } {
  const pair = certificates.get(name)
  return { cert: pair?.certPem ?? '', key: pair?.keyPem ?? '', ca: authority.certPem }
}

type Connected = { client: KubeletClient; log: string[] } & Disposable

async function connect(
  env: Record<string, string>,
  now: () => number = Date.now,
): Promise<Connected> {
  const log: string[] = []
  const connection = createKubeletConnection({
    config: loadConfig({
      DD_KUBERNETES_KUBELET_HOST: '127.0.0.1',
      DD_KUBERNETES_HTTPS_KUBELET_PORT: String(port),
      DD_KUBERNETES_HTTP_KUBELET_PORT: '0',
      DD_KUBELET_CLIENT_CA: path('ca.crt'),
      ...env,
    }),
    lookups,
    log: createAgentLog('debug', (line) => void log.push(line)),
    now,
  })
  const dispose = (): void => connection[Symbol.dispose]()
  try {
    return { client: await connection.client(signal), log, [Symbol.dispose]: dispose }
  } catch (error) {
    dispose()
    throw new Error(log.join('\n') + '\n' + String(error), { cause: error })
  }
}

test.each(['DD_KUBELET_AUTH_TOKEN_PATH', 'DD_KUBELET_BEARER_TOKEN_PATH'])(
  'the token of %s is sent, and a rotated one with the next request',
  async (name) => {
    using connected = await connect({ [name]: path('token') })
    valid = 'token-two'
    writeFileSync(path('token'), `${valid}\n`)
    expect((await connected.client.get('/pods', signal)).status).toBe(200)
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-one',
      'Bearer token-two',
    ])
    expect(connected.log.join('\n')).not.toContain('token-two')
  },
)

test('the token of the file wins over its other name', async () => {
  writeFileSync(path('other-token'), 'not-this')
  using connected = await connect({
    DD_KUBELET_AUTH_TOKEN_PATH: path('token'),
    DD_KUBELET_BEARER_TOKEN_PATH: path('other-token'),
  })
  expect((await connected.client.get('/pods', signal)).status).toBe(200)
})

test('a 401 is tried again once with a token that has come meanwhile, then it is the answer', async () => {
  let now = 0
  using connected = await connect({ DD_KUBELET_AUTH_TOKEN_PATH: path('token') }, () => now)
  valid = 'token-two'
  expect((await connected.client.get('/pods', signal)).status).toBe(401)
  expect((await connected.client.get('/pods', signal)).status).toBe(401)
  expect(seen).toHaveLength(3)
  writeFileSync(path('token'), valid)
  now = 1_000
  expect((await connected.client.get('/pods', signal)).status).toBe(200)
})

test('a client certificate goes along with the token, and does without one', async () => {
  const pair = {
    DD_KUBELET_CLIENT_CRT: path('client.crt'),
    DD_KUBELET_CLIENT_KEY: path('client.key'),
  }
  using both = await connect({ ...pair, DD_KUBELET_AUTH_TOKEN_PATH: path('token') })
  using alone = await connect(pair)
  expect((await alone.client.get('/pods', signal)).status).toBe(200)
  expect(both.client.base).toBe(alone.client.base)
  expect(seen.map(({ authorization, user }) => [user, authorization])).toEqual([
    ['the-agent', 'Bearer token-one'],
    ['the-agent', undefined],
    ['the-agent', undefined],
  ])
})

test('half of a pair of certificate and key is no certificate; a pair that cannot be read is no HTTPS', async () => {
  using half = await connect({ DD_KUBELET_CLIENT_CRT: path('client.crt') })
  expect((await half.client.get('/pods', signal)).status).toBe(401)
  expect(seen.every(({ user }) => user === undefined)).toBe(true)
  const pair = { DD_KUBELET_CLIENT_CRT: '/no/crt', DD_KUBELET_CLIENT_KEY: path('client.key') }
  await expect(connect(pair)).rejects.toThrow('open /no/crt: no such file or directory')
})

test('without any credential the kubelet is used all the same and says 401', async () => {
  using connected = await connect({})
  expect(connected.log.join('\n')).toContain('(/spec) - token used: false')
  expect((await connected.client.get('/pods', signal)).status).toBe(401)
})

test('through the node proxy of the API server, with the same token', async () => {
  const env = {
    DD_EKS_FARGATE: 'true',
    DD_KUBELET_AUTH_TOKEN_PATH: path('token'),
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(port),
  }
  await expect(connect(env)).rejects.toThrow('kubernetes_kubelet_nodename) is not set')
  using connected = await connect({ ...env, DD_KUBERNETES_KUBELET_NODENAME: 'node-1' })
  expect(connected.client.base).toBe(`https://127.0.0.1:${port}/api/v1/nodes/node-1/proxy`)
  await connected.client.get('/stats/summary', signal)
  expect(seen.map(({ url }) => url)).toEqual([
    '/api/v1/nodes/node-1/proxy/spec',
    '/api/v1/nodes/node-1/proxy/stats/summary',
  ])
})

test('kubelet_use_api_server asks the API server for /pods of the node that the summary names, and for nothing else', async () => {
  const env = { DD_KUBELET_USE_API_SERVER: 'true', DD_KUBELET_AUTH_TOKEN_PATH: path('token') }
  await expect(connect(env)).rejects.toThrow('failed to determine API server host/port')
  seen.length = 0
  using connected = await connect({
    ...env,
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
  })
  await connected.client.get('/pods', signal)
  await connected.client.get('/metrics', signal)
  expect(seen.map(({ url }) => url)).toEqual([
    '/spec',
    '/stats/summary',
    '/api/v1/pods?fieldSelector=spec.nodeName=node-1',
    '/metrics',
  ])
  writeFileSync(path('token'), 'unknown')
  await expect(
    connect({
      ...env,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(port),
    }),
  ).rejects.toThrow(
    `failed to get kubernetes nodename from /stats/summary: couldn't fetch "statssummary": unexpected status code 401`,
  )
})

const X509 = 'tls: failed to verify certificate: x509: '

test.each([
  [
    'another authority',
    'address',
    { DD_KUBELET_CLIENT_CA: path('other.crt') },
    `${X509}certificate signed by unknown authority`,
  ],
  ['another address', 'elsewhere', {}, `${X509}certificate is valid for 10.9.9.9, not 127.0.0.1`],
  [
    'a name, asked by its address',
    'names',
    {},
    `${X509}cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs`,
  ],
  [
    'an unreadable CA',
    'address',
    { DD_KUBELET_CLIENT_CA: '/no/ca.crt' },
    'open /no/ca.crt: no such file or directory',
  ],
])('%s is no kubelet of ours, unless tlsVerify is off', async (_, certificate, env, why) => {
  server.setSecureContext(pairOf(certificate))
  const withToken = { ...env, DD_KUBELET_AUTH_TOKEN_PATH: path('token') }
  await expect(connect(withToken)).rejects.toThrow(why)
  expect(seen, 'no request, so no token').toEqual([])
  using connected = await connect({ ...withToken, DD_KUBELET_TLS_VERIFY: 'false' })
  expect((await connected.client.get('/pods', signal)).status).toBe(200)
})

test("without a CA the system's authorities count, who do not know this kubelet", async () => {
  const env = { DD_KUBELET_CLIENT_CA: '', DD_KUBELET_AUTH_TOKEN_PATH: path('token') }
  await expect(connect(env)).rejects.toThrow('certificate signed by unknown authority')
  expect(seen).toEqual([])
})

test('a name that is asked for must be among the DNS names', async () => {
  const env = { DD_KUBERNETES_KUBELET_HOST: 'localhost', DD_KUBELET_AUTH_TOKEN_PATH: path('token') }
  server.setSecureContext(pairOf('named'))
  using connected = await connect(env)
  expect((await connected.client.get('/pods', signal)).status).toBe(200)
  expect(connected.client.base).toBe(`https://localhost:${port}`)
  server.setSecureContext(pairOf('names'))
  await expect(connect(env)).rejects.toThrow(
    `${X509}certificate is valid for node-1, not localhost`,
  )
})

test('the common name of a certificate counts for nothing', async () => {
  server.setSecureContext(pairOf('bare'))
  const http = createHttpGetter({ ca: authority.certPem })
  try {
    await expect(http.get(`https://localhost:${port}/`)).rejects.toThrow(
      'relies on legacy Common Name field, use SANs instead',
    )
  } finally {
    http.close()
  }
})
