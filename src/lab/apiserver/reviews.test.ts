import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../../test/helpers/cluster.ts'
import { manualClock, secret, type Secret } from '../../core/index.ts'
import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  NAMESPACES,
  NODES,
  PODS,
  SELFSUBJECTACCESSREVIEWS,
  SERVICEACCOUNTS,
  SUBJECTACCESSREVIEWS,
  TOKENREVIEWS,
  boundClaims,
  createTokenKey,
  decodeToken,
  signToken,
  type KubeObject,
  type RoleBinding,
  type SubjectAccessReview,
  type TokenKey,
  type TokenRequest,
  type TokenReview,
} from '../../kube/index.ts'

const clock = manualClock(Date.now())
const HOUR = 3_600_000
let cluster: TestCluster
let foreign: TokenKey
beforeAll(async () => {
  ;[cluster, foreign] = await Promise.all([startCluster({ clock }), createTokenKey()])
  const { admin } = cluster
  await admin.create(NAMESPACES, { metadata: { name: 'monitoring' } })
  await admin.create(NODES, { metadata: { name: 'n1' } })
  for (const name of ['agent', 'brief']) {
    await admin.create(SERVICEACCOUNTS, { metadata: { name, namespace: 'monitoring' } })
  }
})
afterAll(() => cluster[Symbol.asyncDispose]())

const captured = (name: string): TokenReview =>
  JSON.parse(
    readFileSync(
      new URL(`../../../test/fixtures/tokenreview/${name}.json`, import.meta.url),
      'utf8',
    ),
  ) as TokenReview

async function review(token: Secret, audiences?: string[]): Promise<TokenReview> {
  const spec = { token: token.reveal(), ...(audiences ? { audiences } : {}) }
  return cluster.admin.create<TokenReview>(TOKENREVIEWS, { metadata: {}, spec })
}

async function request(name: string, spec: TokenRequest['spec'] = {}): Promise<TokenRequest> {
  const where = { namespace: 'monitoring', name, subresource: 'token' }
  return cluster.admin.create<TokenRequest>(SERVICEACCOUNTS, { metadata: {}, spec }, where)
}
const requested = async (name: string, spec: TokenRequest['spec'] = {}): Promise<Secret> =>
  secret((await request(name, spec)).status?.token ?? '')

async function forged(key: TokenKey, change: { issuer?: string } = {}): Promise<Secret> {
  const { issuer } = cluster.api
  const { metadata } = await cluster.admin.get(SERVICEACCOUNTS, {
    namespace: 'monitoring',
    name: 'agent',
  })
  const serviceAccount = { name: 'agent', uid: metadata.uid ?? '' }
  const namespace = 'monitoring'
  const claims = { issuer, audiences: [issuer], namespace, serviceAccount, lifetimeMs: HOUR, clock }
  return signToken(key, boundClaims({ ...claims, ...change }))
}

async function runPod(name: string): Promise<KubeObject> {
  const spec = {
    nodeName: 'n1',
    serviceAccountName: 'agent',
    containers: [{ name: 'c', image: 'x' }],
  }
  return cluster.admin.create<KubeObject>(PODS, {
    metadata: { name, namespace: 'monitoring' },
    spec,
  })
}

describe('TokenReview', () => {
  test.each(['nodes-proxy', 'legacy'])('an accepted token has the shape of %s', async (name) => {
    const answer = await review(await requested('agent'))
    const real = captured(name)
    expect(Object.keys(answer)).toEqual(Object.keys(real))
    const { user, ...rest } = answer.status ?? {}
    const { user: realUser, ...realRest } = real.status ?? {}
    expect(rest).toEqual(realRest)
    expect(user?.username).toBe('system:serviceaccount:monitoring:agent')
    expect(user?.groups).toEqual(realUser?.groups)
    expect(Object.keys(user ?? {})).toEqual(Object.keys(realUser ?? {}))
    expect(user?.extra).toEqual({
      'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=[0-9a-f-]{36}$/)],
    })
  })

  test("a pod's token names the pod and its node, and dies with the pod", async () => {
    const made = await runPod('bound')
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'bound' }
    const token = await requested('agent', { boundObjectRef })
    const { extra = {} } = (await review(token)).status?.user ?? {}
    const real = captured('bound-to-pod').status?.user?.extra ?? {}
    expect(Object.keys(extra)).toEqual(expect.arrayContaining(Object.keys(real)))
    expect(extra['authentication.kubernetes.io/pod-uid']).toEqual([made.metadata.uid])
    expect(extra['authentication.kubernetes.io/node-name']).toEqual(['n1'])
    const key = { namespace: 'monitoring', name: 'bound' }
    await cluster.admin.delete(PODS, key, { gracePeriodSeconds: 0 })
    expect((await review(token)).status).toEqual({
      user: {},
      error: '[invalid bearer token, service account token has been invalidated]',
    })
  })

  test.each([
    ['foreign-key', () => forged(foreign)],
    ['foreign-key-same-kid', () => forged({ ...foreign, kid: cluster.api.tokenKey.kid })],
    ['foreign-issuer', () => forged(foreign, { issuer: 'https://another-cluster.example' })],
    ['other-audience', () => requested('agent', { audiences: ['another-audience'] })],
    ['unknown', () => Promise.resolve(secret('unknown-0123456789abcdef'))],
  ])('%s is refused as a kube-apiserver refuses it', async (name, token) => {
    expect((await review(await token())).status).toEqual(captured(name).status)
  })

  test('an expired token is refused, after a minute of tolerance', async () => {
    const token = await requested('brief', { expirationSeconds: 600 })
    clock.advance(630_000)
    expect((await review(token)).status?.authenticated).toBe(true)
    clock.advance(60_000)
    expect((await review(token)).status).toEqual(captured('expired').status)
  })

  test('a token for several audiences is good for those that were asked for', async () => {
    const token = await requested('agent', { audiences: ['one', 'two'] })
    expect((await review(token, ['two', 'three'])).status?.audiences).toEqual(['two'])
  })

  test('a new account of the same name is not the old one', async () => {
    const { admin } = cluster
    const key = { namespace: 'monitoring', name: 'again' }
    await admin.create(SERVICEACCOUNTS, { metadata: key })
    const token = await requested('again')
    await admin.delete(SERVICEACCOUNTS, key)
    expect((await review(token)).status?.error).toBe(
      '[invalid bearer token, serviceaccounts "again" not found]',
    )
    await admin.create(SERVICEACCOUNTS, { metadata: key })
    expect((await review(token)).status?.error).toMatch(
      /service account UID .* does not match claim/,
    )
    const client = cluster.client({ kind: 'token', token })
    expect((await client.raw('GET', '/api')).status).toBe(401)
  })
})

describe('TokenRequest', () => {
  test('the token says what was asked for', async () => {
    const answer = await request('agent', { expirationSeconds: 900, audiences: ['a'] })
    const decoded = decodeToken(secret(answer.status?.token ?? ''))
    if (!decoded.ok) throw new Error(decoded.why)
    const { header, claims } = decoded
    expect(header).toEqual({ alg: 'RS256', kid: cluster.api.tokenKey.kid })
    expect(claims).toMatchObject({ aud: ['a'], iss: cluster.api.issuer })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900)
  })

  test('the default token of a volume outlives its file, as on a real cluster', async () => {
    const answer = await request('agent', { expirationSeconds: 3607 })
    const decoded = decodeToken(secret(answer.status?.token ?? ''))
    if (!decoded.ok) throw new Error(decoded.why)
    const { iat = 0, exp = 0, 'kubernetes.io': bound } = decoded.claims
    expect(exp - iat).toBe(365 * 24 * 3600)
    expect(bound?.warnafter).toBe(iat + 3607)
    const shown = Date.parse(answer.status?.expirationTimestamp ?? '')
    expect(shown - clock.now()).toBeLessThan(3608_000)
  })

  test('what cannot be is refused', async () => {
    await expect(request('agent', { expirationSeconds: 5 })).rejects.toThrow(
      'spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
    )
    await expect(request('nobody')).rejects.toThrow('serviceaccounts "nobody" not found')
    await runPod('other')
    const reference = { kind: 'Pod', name: 'other' }
    await expect(request('brief', { boundObjectRef: reference })).rejects.toThrow(
      'to pod running with different serviceaccount name',
    )
    const recreated = { ...reference, uid: 'another' }
    await expect(request('agent', { boundObjectRef: recreated })).rejects.toThrow(
      'does not match the UID in record',
    )
  })
})

describe('access reviews', () => {
  const wanted = { verb: 'get', group: '', resource: 'nodes', subresource: 'stats', name: 'n1' }
  const user = 'system:serviceaccount:monitoring:agent'

  test('they decide by the roles of this moment, and say by which', async () => {
    const { admin } = cluster
    const ask = async (): Promise<unknown> => {
      const spec = { user, groups: [], resourceAttributes: wanted }
      const object: SubjectAccessReview = { metadata: {}, spec }
      return (await admin.create(SUBJECTACCESSREVIEWS, object)).status
    }
    expect(await ask()).toEqual({ allowed: false })
    await admin.create<KubeObject>(CLUSTERROLES, {
      metadata: { name: 'stats' },
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes/stats'] }],
    })
    await admin.create<RoleBinding>(CLUSTERROLEBINDINGS, {
      metadata: { name: 'stats' },
      subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: 'monitoring' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'stats' },
    })
    expect(await ask()).toEqual({
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "stats" of ClusterRole "stats" to ServiceAccount "agent/monitoring"',
    })
    await admin.delete(CLUSTERROLEBINDINGS, { name: 'stats' })
    expect(await ask()).toEqual({ allowed: false })
  })

  test('everybody may ask about themselves, few about others', async () => {
    const client = cluster.client({ kind: 'token', token: await requested('agent') })
    const spec = { resourceAttributes: { verb: 'list', resource: 'pods' } }
    const self = await client.create<SubjectAccessReview>(SELFSUBJECTACCESSREVIEWS, {
      metadata: {},
      spec,
    })
    expect(self.status).toEqual({ allowed: false })
    await expect(client.create(SUBJECTACCESSREVIEWS, { metadata: {}, spec })).rejects.toThrow(
      `subjectaccessreviews.authorization.k8s.io is forbidden: User "${user}" cannot create resource "subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope`,
    )
  })

  test('a review without a subject or a question is invalid', async () => {
    const send = (spec: SubjectAccessReview['spec']): Promise<unknown> =>
      cluster.admin.create(SUBJECTACCESSREVIEWS, { metadata: {}, spec })
    await expect(send({ user: 'x' })).rejects.toThrow('exactly one of nonResourceAttributes')
    await expect(send({ resourceAttributes: wanted })).rejects.toThrow(
      'at least one of user or group',
    )
  })
})
