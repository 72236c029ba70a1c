import { request } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../../test/helpers/cluster.ts'
import { secret } from '../../core/index.ts'
import {
  PODS,
  SELFSUBJECTREVIEWS,
  createAuthority,
  type KubeClient,
  type KeyPair,
  type RawAnswer,
  type SelfSubjectReview,
} from '../../kube/index.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster[Symbol.asyncDispose]())

const whoami = (client: KubeClient): Promise<SelfSubjectReview> =>
  client.create<SelfSubjectReview>(SELFSUBJECTREVIEWS, { metadata: {} })
const certified = ({ certPem, keyPem }: KeyPair): KubeClient =>
  cluster.client({ kind: 'certificate', cert: certPem, key: keyPem })
const statusOf = (answer: RawAnswer): unknown => JSON.parse(answer.body.toString())

test('a client certificate names user and groups', async () => {
  const groups = ['system:nodes', 'others']
  const client = certified(await cluster.api.issueClientCertificate('system:node:n1', groups))
  const { status } = await whoami(client)
  expect(status?.userInfo).toMatchObject({
    username: 'system:node:n1',
    groups: ['system:nodes', 'others', 'system:authenticated'],
  })
  const id = status?.userInfo.extra?.['authentication.kubernetes.io/credential-id']
  expect(id?.[0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/)
})

test('a certificate of another CA is nobody', async () => {
  const other = await createAuthority('other')
  const client = certified(
    await other.issueClient({ commonName: 'x', organizations: ['system:masters'] }),
  )
  const answer = await client.raw('GET', '/api/v1/pods')
  expect(answer.status).toBe(401)
  expect(statusOf(answer)).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  })
})

test('a serving certificate is no client certificate', async () => {
  const pair = await cluster.api.issueServingCertificate({ commonName: 'kubernetes-admin' })
  expect((await certified(pair).raw('GET', '/api/v1/pods')).status).toBe(401)
})

test('a bad token is 401, also where anonymous requests are welcome', async () => {
  const client = cluster.client({ kind: 'token', token: secret('nonsense') })
  expect((await client.raw('GET', '/api/v1/pods')).status).toBe(401)
  expect((await client.raw('GET', '/healthz')).status).toBe(401)
})

test('without a credential one is anonymous and sees health and version only', async () => {
  const client = cluster.client({ kind: 'none' })
  expect((await client.raw('GET', '/readyz')).body.toString()).toBe('ok')
  expect(statusOf(await client.raw('GET', '/version'))).toMatchObject({ gitVersion: 'v1.36.2' })
  expect(statusOf(await client.raw('GET', '/api'))).toMatchObject({
    code: 403,
    message: 'forbidden: User "system:anonymous" cannot get path "/api"',
  })
  await expect(client.list(PODS, { namespace: 'default' })).rejects.toThrow(
    'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
  )
})

test('impersonation needs the right to it', async () => {
  const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'devs' }
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const asJane = await cluster.admin.raw('POST', path, { body: review, headers })
  expect(statusOf(asJane)).toMatchObject({
    status: { userInfo: { username: 'jane', groups: ['devs', 'system:authenticated'] } },
  })
  const plain = certified(await cluster.api.issueClientCertificate('joe'))
  const refused = await plain.raw('POST', path, { body: review, headers })
  expect(statusOf(refused)).toMatchObject({
    code: 403,
    message:
      'users "jane" is forbidden: User "joe" cannot impersonate resource "users" in API group "" at the cluster scope',
  })
})

test('impersonation may set a uid and extra fields, and is nothing without a user', async () => {
  const more = { 'impersonate-uid': 'u-1', 'impersonate-extra-acme.com%2Fteam': 'a' }
  const headers = { 'impersonate-user': 'jane', ...more }
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const asJane = await cluster.admin.raw('POST', path, { body: review, headers })
  expect(statusOf(asJane)).toMatchObject({
    status: { userInfo: { username: 'jane', uid: 'u-1', extra: { 'acme.com/team': ['a'] } } },
  })
  const refused = await cluster.admin.raw('GET', '/api', {
    headers: { 'impersonate-group': 'system:masters', ...more },
  })
  expect([refused.status, refused.headers['content-type'], refused.body.toString()]).toEqual([
    500,
    'text/plain; charset=utf-8',
    'Internal Server Error: "/api": requested [{Group  system:masters    } {UserExtra  a  authentication.k8s.io/v1  acme.com/team} {UID  u-1  authentication.k8s.io/v1  }] without impersonating a user\n',
  ])
})

test('a resumed TLS session keeps its user', async () => {
  const { address, port, caPem, adminCredential: admin } = cluster.api
  const tls = { host: address, port, ca: caPem, cert: admin.certPem, key: admin.keyPem }
  const session = await new Promise<Buffer>((resolve, reject) => {
    const socket = connect({ ...tls, servername: '' }, () =>
      socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'),
    )
    socket.once('error', reject)
    socket.once('session', (data: Buffer) => {
      socket.destroy()
      resolve(data)
    })
  })
  const options = { ...tls, path: '/api/v1/pods', session, agent: false as const }
  const answer = await new Promise<unknown>((resolve, reject) => {
    const sent = request(options, (response) => {
      const reused = (response.socket as TLSSocket).isSessionReused()
      response.resume()
      resolve({ status: response.statusCode, reused })
    })
    sent.once('error', reject)
    sent.end()
  })
  expect(answer).toEqual({ status: 200, reused: true })
})

test('the kubeconfig is the administrator', async () => {
  expect(await cluster.api.kubeconfig()).toContain(`server: ${cluster.api.url}`)
  expect((await whoami(cluster.admin)).status?.userInfo).toMatchObject({
    username: 'kubernetes-admin',
    groups: ['system:masters', 'system:authenticated'],
  })
})
