import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listen, readAll, secret } from '../core/index.ts'
import { createAuthority } from './certificates.ts'
import type { KubeClient } from './client.ts'
import { createKubeClient } from './http-client.ts'
import { reviewAccess, reviewToken } from './reviews.ts'
import {
  createSelfReviewer,
  reviewSelf,
  reviewSelfAccess,
  type SelfReviewTarget,
} from './self-reviews.ts'

interface Asked {
  path: string
  authorization: string | undefined
  certificate: boolean
  body: { spec: Record<string, unknown> }
}

let server: Server
let target: SelfReviewTarget
let client: KubeClient
let asked: Asked[]
let answer: (asked: Asked) => { status?: number; body?: unknown; text?: string }

beforeAll(async () => {
  const authority = await createAuthority('test-ca')
  const serving = await authority.issueServing({ commonName: 'kube', addresses: ['127.0.0.1'] })
  server = createServer(
    { cert: serving.certPem, key: serving.keyPem, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      void readAll(request, 100_000).then((bytes) => {
        const one: Asked = {
          path: request.url ?? '',
          authorization: request.headers.authorization,
          certificate: Object.keys((request.socket as TLSSocket).getPeerCertificate()).length > 0,
          body: JSON.parse(bytes.toString()) as Asked['body'],
        }
        asked.push(one)
        const { status = 201, body, text } = answer(one)
        response.writeHead(status).end(text ?? JSON.stringify(body ?? {}))
      })
    },
  )
  const port = await listen(server, { address: '127.0.0.1', port: 0 }, 'test')
  target = { server: `https://127.0.0.1:${port}`, ca: authority.certPem, timeoutMs: 2000 }
  client = createKubeClient({ ...target, credential: { kind: 'token', token: secret('own') } })
})

beforeEach(() => {
  asked = []
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  server.closeAllConnections()
  server.close()
})

const TOKEN = secret('callers-token')
const USER = { username: 'system:serviceaccount:a:b', uid: 'u', groups: ['g'], extra: { k: ['v'] } }
const WANTED = {
  kind: 'resource',
  verb: 'get',
  resource: 'nodes',
  subresource: 'stats',
  name: 'n1',
} as const

describe('a TokenReview', () => {
  const review = (status: unknown): void => {
    answer = () => ({ body: { metadata: {}, status } })
  }

  test('says who it is, asked with the client’s own credential', async () => {
    review({ authenticated: true, user: USER, audiences: ['x'] })
    expect(await reviewToken(client, TOKEN, { audiences: ['x'] })).toEqual({
      kind: 'authenticated',
      user: USER,
      audiences: ['x'],
    })
    expect(asked[0]).toMatchObject({
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      authorization: 'Bearer own',
      body: { kind: 'TokenReview', spec: { token: 'callers-token', audiences: ['x'] } },
    })
  })

  test.each([
    ['an unknown token', { user: {}, error: 'invalid bearer token' }],
    ['yes as text', { authenticated: 'true', user: USER }],
    ['no status', undefined],
    ['nobody', { authenticated: true, user: {}, audiences: ['x'] }],
    [
      'anonymous',
      { authenticated: true, user: { username: 'system:anonymous' }, audiences: ['x'] },
    ],
    ['another audience', { authenticated: true, user: USER, audiences: ['y'] }],
    ['no audience', { authenticated: true, user: USER }],
    [
      'a yes with an error beside it',
      { authenticated: true, user: USER, audiences: ['x'], error: 'token has expired' },
    ],
  ])('%s is denied', async (_name, status) => {
    review(status)
    expect(await reviewToken(client, TOKEN, { audiences: ['x'] })).toMatchObject({ kind: 'denied' })
  })

  test('a refusal or a fault is no answer', async () => {
    answer = () => ({ status: 403, text: 'no' })
    expect(await reviewToken(client, TOKEN)).toMatchObject({ kind: 'unavailable' })
    answer = () => ({ text: 'junk' })
    const result = await reviewToken(client, TOKEN)
    expect(result).toMatchObject({ kind: 'unavailable' })
    expect(JSON.stringify(result)).not.toContain('callers-token')
  })
})

describe('a SubjectAccessReview', () => {
  test('says what a user may do', async () => {
    answer = () => ({ body: { metadata: {}, status: { allowed: true, reason: 'RBAC: x' } } })
    expect(await reviewAccess(client, USER, WANTED)).toEqual({ kind: 'allowed', reason: 'RBAC: x' })
    expect(asked[0]?.body.spec).toEqual({
      user: USER.username,
      uid: 'u',
      groups: ['g'],
      extra: { k: ['v'] },
      resourceAttributes: { verb: 'get', resource: 'nodes', subresource: 'stats', name: 'n1' },
    })
  })

  test('only a plain yes is a yes', async () => {
    for (const status of [
      { allowed: false },
      { allowed: 1 },
      { allowed: true, denied: true },
      {},
    ]) {
      answer = () => ({ body: { metadata: {}, status } })
      expect(await reviewAccess(client, USER, WANTED)).toMatchObject({ kind: 'denied' })
    }
    answer = () => ({ status: 500 })
    expect(await reviewAccess(client, USER, WANTED)).toMatchObject({ kind: 'unavailable' })
  })
})

describe('a review of oneself', () => {
  test('carries the caller’s token and no credential of ours', async () => {
    answer = () => ({ body: { metadata: {}, status: { userInfo: USER } } })
    expect(await reviewSelf(target, TOKEN)).toEqual({ kind: 'authenticated', user: USER })
    expect(asked).toMatchObject([
      {
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        authorization: 'Bearer callers-token',
        certificate: false,
      },
    ])
  })

  test('falls back to v1beta1, and gives up after that', async () => {
    answer = ({ path }) =>
      path.includes('v1beta1')
        ? { body: { metadata: {}, status: { userInfo: USER } } }
        : { status: 404 }
    await using reviewer = createSelfReviewer(target)
    expect(await reviewer.reviewSelf(TOKEN)).toMatchObject({ kind: 'authenticated' })
    expect(asked).toHaveLength(2)
    for (const status of [404, 403]) {
      answer = () => ({ status })
      expect(await reviewer.reviewSelf(TOKEN)).toMatchObject({
        kind: 'unavailable',
        unsupported: true,
      })
    }
  })

  test('401 is a denial, everything else says nothing', async () => {
    await using reviewer = createSelfReviewer(target)
    const both = async (): Promise<string[]> => [
      (await reviewer.reviewSelf(TOKEN)).kind,
      (await reviewer.reviewSelfAccess(TOKEN, WANTED)).kind,
    ]
    answer = () => ({ status: 401 })
    expect(await both()).toEqual(['denied', 'denied'])
    for (const status of [302, 403, 429, 500]) {
      answer = () => ({ status })
      expect(await both()).toEqual(['unavailable', 'unavailable'])
    }
    answer = () => ({ text: 'junk' })
    expect(await both()).toEqual(['unavailable', 'unavailable'])
    answer = () => ({ text: 'null' })
    expect(await both()).toEqual(['unavailable', 'unavailable'])
    answer = () => ({ text: `{"status":"${'x'.repeat(300_000)}"}` })
    expect(await both()).toEqual(['unavailable', 'unavailable'])
  })

  test('an API server that does not look at the token names nobody', async () => {
    answer = () => ({ body: { status: { userInfo: { username: 'system:anonymous' } } } })
    expect(await reviewSelf(target, TOKEN)).toMatchObject({ kind: 'denied' })
  })

  test('access, for resources and for paths', async () => {
    answer = () => ({ body: { metadata: {}, status: { allowed: true } } })
    expect(await reviewSelfAccess(target, TOKEN, WANTED)).toEqual({ kind: 'allowed', reason: '' })
    const wanted = { kind: 'nonResource', path: '/metrics', verb: 'get' } as const
    await reviewSelfAccess(target, TOKEN, wanted)
    expect(asked.map(({ body }) => body.spec)).toEqual([
      { resourceAttributes: { verb: 'get', resource: 'nodes', subresource: 'stats', name: 'n1' } },
      { nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    ])
    expect(asked[0]?.authorization).toBe('Bearer callers-token')
  })

  test('nobody at the address is no answer', async () => {
    const nowhere = { server: 'https://127.0.0.1:1' }
    expect(await reviewSelf(nowhere, TOKEN)).toMatchObject({ kind: 'unavailable' })
    expect(await reviewSelfAccess(nowhere, TOKEN, WANTED)).toMatchObject({ kind: 'unavailable' })
  })
})
