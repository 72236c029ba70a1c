import { beforeAll, describe, expect, test } from 'vitest'
import { createTokenKey, decodeToken, signToken, type PolicyRule } from '../../src/kube/index.ts'
import type { AskOptions, Reply } from './ask.ts'
import { behindEachGateway } from './each-target.ts'
import { createAccount, requestToken, type Account } from './target.ts'

/**
 * The gateway refuses in the kubelet's words: each case asks the target's kubelet with a credential of the host, and the
 * gateway with the same kind of credential of a virtual cluster, and compares status, headers and body.
 */

const PATHS = [
  '/healthz',
  '/pods',
  '/runningpods/',
  '/stats/summary',
  '/metrics',
  '/metrics/cadvisor',
  '/metrics/resource',
  '/metrics/probes',
]

const STATS_ONLY: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes/stats'], verbs: ['get'] },
]

/** One kind of credential, made from an account that its cluster knows. */
const UNKNOWN: Readonly<Record<string, (known: Known) => Promise<Partial<AskOptions>>>> = {
  'no token': () => Promise.resolve({}),
  'an empty token': () => Promise.resolve({ headers: { authorization: 'Bearer ' } }),
  'some text for a token': () => Promise.resolve({ token: 'not-a-token' }),
  'a password': () => Promise.resolve({ headers: { authorization: 'Basic dXNlcjpwYXNz' } }),
  'a good token’s claims under another cluster’s key': async ({ account }) => ({
    token: await resigned(account, {}),
  }),
  'the same with the good token’s key id': async ({ account }) => ({
    token: await resigned(account, { keepKeyId: true }),
  }),
  'a good token with another’s signature': ({ account, other }) => {
    const [header, claims] = account.token.reveal().split('.')
    const [, , signature] = other.token.reveal().split('.')
    return Promise.resolve({ token: [header, claims, signature].join('.') })
  },
  'a token for another audience': async ({ admin, account }) => ({
    token: await requestToken(admin, account, { audiences: ['https://elsewhere.invalid'] }),
  }),
  'a token of the other side': ({ other }) => Promise.resolve({ token: other.token }),
}

interface Known {
  readonly admin: Parameters<typeof createAccount>[0]
  readonly account: Account
  readonly other: Account
}

behindEachGateway((rig, target) => {
  let host: Known
  let virtual: Known
  beforeAll(async () => {
    const account = await target().account(await target().namespace())
    const inside = await rig().k8s1.account()
    host = { admin: target().admin, account, other: inside }
    virtual = { admin: rig().k8s1.admin, account: inside, other: account }
  })

  describe.each(Object.entries(UNKNOWN))('401: %s', (_, make) => {
    test.each(['/pods', '/stats/summary', '/metrics/cadvisor'])('%s', async (path) => {
      const kubelet = await target().kubelet(path, await make(host))
      const gateway = await rig().ask(path, await make(virtual))
      expect(kubelet.status).toBe(401)
      expect(seen(gateway)).toEqual(hardened(kubelet))
    })
  })

  describe('403', () => {
    test.each(PATHS)('an account without a role: %s', async (path) => {
      const kubelet = await target().kubelet(path, { token: host.account.token })
      const gateway = await rig().ask(path, { token: virtual.account.token })
      expect(kubelet.status).toBe(403)
      expect(Number(gateway.headers['content-length'])).toBe(gateway.body.length)
      const text = without(virtual, gateway.text)
      expect(seen({ ...gateway, text })).toEqual(
        hardened({ ...kubelet, text: inWordsOf136(path, without(host, kubelet.text)) }),
      )
    })

    test('what a role covers and what not is the same', async () => {
      const narrow = await target().account(host.account.namespace, STATS_ONLY)
      const inside = await rig().k8s1.account(STATS_ONLY)
      for (const path of PATHS) {
        const kubelet = await target().kubelet(path, { token: narrow.token })
        const gateway = await rig().ask(path, { token: inside.token })
        expect([path, gateway.status]).toEqual([path, kubelet.status])
      }
    })
  })

  describe('404, before anybody is asked who they are', () => {
    test.each(['/', '/nope', '/spec/', '/metrics/nope', '/healthzz', '/PODS'])(
      '%s',
      async (path) => {
        const [kubelet, gateway] = await Promise.all([target().kubelet(path), rig().ask(path)])
        expect(kubelet.status).toBe(404)
        expect(seen(gateway)).toEqual(hardened(kubelet))
      },
    )

    // Below a path that it serves the kubelet asks first who it is; the gateway tells nobody more than 404.
    test.each(['/pods/x', '/stats/summary/x', '/runningpods/x'])('%s', async (path) => {
      expect((await target().kubelet(path)).status).toBe(401)
      const known = { token: rig().k8s1.agentToken }
      for (const who of [{}, known]) expect((await rig().ask(path, who)).status).toBe(404)
    })
  })

  describe('405, for who may do anything', () => {
    test.each([
      ['POST', '/pods'],
      ['PUT', '/pods'],
      ['DELETE', '/stats/summary'],
      ['PATCH', '/runningpods/'],
    ])('%s %s', async (method, path) => {
      const resources = ['nodes/proxy', 'nodes/stats', 'nodes/metrics', 'nodes/pods']
      const all = [{ apiGroups: [''], resources, verbs: ['*'] }]
      const { token } = await target().account(host.account.namespace, all)
      const kubelet = await target().kubelet(path, { token, method })
      const gateway = await rig().ask(path, { token: rig().k8s1.agentToken, method })
      expect(kubelet.status).toBe(405)
      expect(gateway.headers.allow).toBe('GET, HEAD')
      expect(seen(gateway)).toEqual(hardened(kubelet))
    })
  })
})

type Told = Pick<Reply, 'status' | 'headers' | 'text'>

/** Not compared: what belongs to the connection and the moment; `Allow`, which only newer kubelets send. */
const LEFT_OUT = new Set(['date', 'connection', 'keep-alive', 'content-length', 'allow'])

/** What a client sees of an answer. */
function seen({ status, headers, text }: Told): { status: number; headers: unknown; text: string } {
  const told = Object.entries(headers).filter(([name]) => !LEFT_OUT.has(name))
  return { status, headers: Object.fromEntries(told), text }
}

/** The kubelet's answer with the two headers that the gateway has on all of its own. */
function hardened(kubelet: Told): ReturnType<typeof seen> {
  const more = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }
  return seen({ ...kubelet, headers: { ...kubelet.headers, ...more } })
}

const without = ({ account }: Known, text: string): string => text.replace(account.username, 'USER')

/** A kubelet before 1.32 names one subresource and ends without a line end; the gateway speaks as 1.36 does. */
function inWordsOf136(path: string, text: string): string {
  const old = /^(.*), subresource=(\w+)\)$/.exec(text)
  if (old === null) return text
  const [, start = '', subresource = ''] = old
  const finer = path === '/healthz' ? 'healthz ' : path.includes('pods') ? 'pods ' : ''
  return `${start}, subresource(s)=[${finer}${subresource}])\n`
}

/** Every claim as in the account's token, signed by a key that no cluster of the target has. */
async function resigned({ token }: Account, { keepKeyId = false }): Promise<string> {
  const decoded = decodeToken(token)
  if (!decoded.ok) throw new Error('the account has no token')
  const key = await createTokenKey()
  const { kid = '' } = decoded.header
  return (await signToken(keepKeyId ? { ...key, kid } : key, decoded.claims)).reveal()
}
