import { beforeAll, expect, test } from 'vitest'
import { SECRETS, decodeToken, type KubeObject } from '../../src/kube/index.ts'
import { secret, waitFor } from '../../src/core/index.ts'
import { answersOf } from './answers.ts'
import type { AskOptions } from './ask.ts'
import { badTokens } from './credentials.ts'
import { onEachTarget } from './each-target.ts'
import { adminCredential, exchange, type Exchange } from './exchange.ts'
import { normal, without } from './normal.ts'
import { requestToken, type Account } from './target.ts'

/** Tokens of ServiceAccounts: what may be asked for, what is in them, and what a TokenReview says of each. */

const ASK: readonly (readonly [title: string, spec: object])[] = [
  ['defaults', {}],
  ['ten minutes', { expirationSeconds: 600 }],
  ['too short', { expirationSeconds: 599 }],
  ['too long', { expirationSeconds: 2 ** 32 + 1 }],
  ['negative', { expirationSeconds: -1 }],
  ['for two audiences', { audiences: ['one', 'two'] }],
  [
    'bound to a pod that is not there',
    { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'none' } },
  ],
  [
    'bound to a secret that is not there',
    { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'none' } },
  ],
  [
    'bound to a kind that cannot be',
    { boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'none' } },
  ],
  ['bound to a secret', { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'bound' } }],
  [
    'bound to a secret of another uid',
    {
      boundObjectRef: {
        apiVersion: 'v1',
        kind: 'Secret',
        name: 'bound',
        uid: '11111111-2222-3333-4444-555555555555',
      },
    },
  ],
]

const answers = answersOf('tokens')
onEachTarget((target) => {
  let namespace: string
  let admin: Partial<AskOptions>
  let account: Account
  let bad: ReadonlyMap<string, string>
  const names = (): Record<string, string> => ({ [account.name]: 'ACCOUNT' })
  beforeAll(async () => {
    namespace = await target().namespace()
    admin = await adminCredential(target())
    account = await target().account(namespace)
    const bound = { metadata: { namespace, name: 'bound' }, type: 'Opaque' }
    await target().admin.create(SECRETS, bound)
    bad = await badTokens(target(), account)
  })
  const send = (what: Omit<Exchange, 'title'>): Promise<unknown> =>
    exchange(target(), namespace, { title: '', ...what }, admin, names())

  test.each(ASK)('TokenRequest: %s', async (title, spec) => {
    const path = `/api/v1/namespaces/{ns}/serviceaccounts/${account.name}/token`
    const answer = (await send({ method: 'POST', path, body: { spec } })) as {
      body: { status?: { token?: string; expirationTimestamp?: string } }
    }
    answers.check(target(), `TokenRequest: ${title}`, masked(answer))
  })

  test('TokenRequest: of an account that is not there', async () => {
    const path = '/api/v1/namespaces/{ns}/serviceaccounts/nobody/token'
    const title = 'TokenRequest: of an account that is not there'
    answers.check(target(), title, await send({ method: 'POST', path, body: { spec: {} } }))
  })

  test.each([
    ['of an account', {}],
    ['for an audience', { audiences: ['one'] }],
    ['bound to a secret', { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'bound' } }],
  ])('claims: %s', async (title, spec) => {
    const token = decodeToken(await requestToken(target().admin, account, spec))
    if (!token.ok) throw new Error('no token')
    const { exp, iat, nbf } = token.claims as unknown as Record<string, number>
    const claims = without(token.claims, 'exp', 'iat', 'nbf', 'jti')
    expect([Number(exp) - Number(iat), Number(nbf) - Number(iat)]).toEqual([3600, 0])
    const { kid, ...header } = token.header as unknown as Record<string, string>
    expect(kid).toMatch(/^[\w-]{43}$/)
    const seen = normal({ header, claims }, { ...names(), [namespace]: 'NAMESPACE' })
    answers.check(target(), `claims: ${title}`, seen)
  })

  const review = async (title: string, token: string, audiences?: string[]): Promise<void> => {
    const body = { spec: { token, ...(audiences && { audiences }) } }
    const path = '/apis/authentication.k8s.io/v1/tokenreviews'
    answers.check(target(), title, masked(await send({ method: 'POST', path, body })))
  }

  test('TokenReview: a good token', async () => {
    await review('TokenReview: a good token', account.token.reveal())
  })
  test.each([
    'foreign-key',
    'foreign-key-same-kid',
    'foreign-issuer',
    'expired',
    'other-audience',
    'unknown',
  ])('TokenReview: %s', async (kind) => {
    await review(`TokenReview: ${kind}`, bad.get(kind) ?? '')
  })
  test('TokenReview: none', async () => {
    await review('TokenReview: none', '')
  })
  test('TokenReview: another audience’s token, asked for that audience', async () => {
    const title = 'TokenReview: another audience’s token, asked for that audience'
    await review(title, bad.get('other-audience') ?? '', ['https://somebody.else', 'x'])
  })
  test('TokenReview: a good token, asked for another audience', async () => {
    const title = 'TokenReview: a good token, asked for another audience'
    await review(title, account.token.reveal(), ['https://somebody.else'])
  })

  test.each([
    ['bad', 'Bearer nonsense'],
    ['empty', 'Bearer '],
    ['a password', 'Basic dXNlcjpwYXNz'],
    ['another scheme', 'Digest x'],
  ])('the API server’s answer to %s credentials', async (title, authorization) => {
    const path = '/api/v1/namespaces/{ns}/pods'
    const answer = await exchange(target(), namespace, { title, path, headers: { authorization } })
    answers.check(target(), `the API server’s answer to ${title} credentials`, answer)
  })

  test('the API server’s answer to an account without a role', async () => {
    const path = '/api/v1/namespaces/{ns}/pods'
    const as = { token: account.token }
    const answer = await exchange(target(), namespace, { title: '', path }, as, names())
    answers.check(target(), 'the API server’s answer to an account without a role', answer)
  })

  test('a token Secret is filled, and its token is the account', async () => {
    const name = 'legacy'
    const annotations = { 'kubernetes.io/service-account.name': account.name }
    const type = 'kubernetes.io/service-account-token'
    await target().admin.create(SECRETS, {
      metadata: { namespace, name, annotations },
      type,
    })
    const data = await waitFor(
      'the token',
      async () => {
        type Filled = KubeObject & { data?: Record<string, string> }
        const found = await target().admin.get<Filled>(SECRETS, { namespace, name })
        return found.data?.['token'] === undefined ? undefined : found.data
      },
      { timeoutMs: 10_000 },
    )
    const token = Buffer.from(data['token'] ?? '', 'base64').toString()
    const decoded = decodeToken(secret(token))
    if (!decoded.ok) throw new Error('no token')
    const seen = normal(
      {
        keys: Object.keys(data).toSorted(),
        namespace: Buffer.from(data['namespace'] ?? '', 'base64').toString(),
        claims: decoded.claims,
        isCa:
          Buffer.from(data['ca.crt'] ?? '', 'base64')
            .toString()
            .trim() === target().caPem.trim(),
      },
      { ...names(), [namespace]: 'NAMESPACE' },
    )
    answers.check(target(), 'a token Secret is filled', seen)
    await review('TokenReview: the token of a Secret', token)
    await target().admin.delete(SECRETS, { namespace, name })
    await waitFor(
      'the token to end with its Secret',
      async () => ((await target().api('/api', { token })).status === 401 ? true : undefined),
      { timeoutMs: 15_000 },
    )
  })

  test('a token ends with the Secret that it is bound to', async () => {
    const name = 'short'
    const made = { metadata: { namespace, name }, type: 'Opaque' }
    await target().admin.create(SECRETS, made)
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name }
    const token = await requestToken(target().admin, account, { boundObjectRef })
    expect((await target().api('/api', { token })).status).toBe(200)
    await target().admin.delete(SECRETS, { namespace, name })
    await waitFor(
      'the token to end',
      async () => ((await target().api('/api', { token })).status === 401 ? true : undefined),
      { timeoutMs: 15_000 },
    )
  })
})

/** Without the token itself. */
function masked(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer).replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TOKEN'),
  ) as unknown
}
