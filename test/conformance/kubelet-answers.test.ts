import { beforeAll, describe, test } from 'vitest'
import type { PolicyRule } from '../../src/kube/index.ts'
import { answersOf } from './answers.ts'
import type { AskOptions } from './ask.ts'
import { badTokens } from './credentials.ts'
import { onEachTarget } from './each-target.ts'
import { adminCredential } from './exchange.ts'
import { normalText, without } from './normal.ts'
import type { Account } from './target.ts'

/**
 * Whom the kubelet lets in, path by path: status, headers, and the body of every refusal. A kubelet before 1.32 names
 * one subresource in its 403 and ends it without a line end, redirects with 301 for 307, does not name the escaping of
 * its metrics, and sends no `Allow`: all are compared in the words of 1.36, which are those of the recorded third
 * target too (`test/fixtures/kubelet-1.36`).
 */

const rule = (verbs: string[], ...subresources: string[]): PolicyRule[] => [
  { verbs, apiGroups: [''], resources: subresources.map((name) => `nodes/${name}`) },
]
const ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'no role': [],
  narrow: rule(['get', 'list'], 'stats', 'metrics'),
  proxy: rule(['get'], 'proxy'),
  legacy: rule(['get', 'list'], 'proxy', 'stats', 'metrics', 'spec', 'log'),
  'every verb': rule(['*'], 'stats', 'metrics', 'proxy'),
}
const PATHS = [
  '/healthz',
  '/healthz/ping',
  '/healthz/syncloop',
  '/pods',
  '/pods/',
  '/runningpods',
  '/runningpods/',
  '/stats',
  '/stats/',
  '/stats/summary',
  '/stats/summary/x',
  '/stats/summary?only_cpu_and_memory=true',
  '/stats/nope',
  '/metrics',
  '/metrics/',
  '/metrics/cadvisor',
  '/metrics/resource',
  '/metrics/probes',
  '/metrics/nope',
  '/logs',
  '/logs/',
  '/configz',
  '/spec/',
  '/nope',
  '/',
  '//pods',
  '/healthzz',
  '/PODS',
  '/debug/pprof/x',
  '/exec',
  '/exec/a/b/c',
  '/run/a/b/c',
  '/attach/a/b/c',
  '/portForward/a/b',
  '/containerLogs/a/b/c',
  '/containerLogs/a',
  '/cri/x',
]
const REFUSED = [
  'no token',
  'empty',
  'a password',
  'another scheme',
  'two words',
  'foreign-key',
  'foreign-key-same-kid',
  'foreign-issuer',
  'expired',
  'other-audience',
  'unknown',
]
const METHODS = ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']

const answers = answersOf('kubelet')
onEachTarget((target) => {
  let accounts: ReadonlyMap<string, Account>
  let bad: ReadonlyMap<string, string>
  beforeAll(async () => {
    const namespace = await target().namespace()
    const made = Object.entries(ROLES).map(
      async ([name, rules]) => [name, await target().account(namespace, rules)] as const,
    )
    accounts = new Map(await Promise.all(made))
    bad = await badTokens(target(), account('legacy'))
  })
  const account = (name: string): Account => {
    const found = accounts.get(name)
    if (found === undefined) throw new Error(`no account ${name}`)
    return found
  }
  const tell = async (path: string, options: Partial<AskOptions>, name = ''): Promise<unknown> => {
    const reply = await target().kubelet(path, options)
    const kept = without(
      reply.headers,
      'date',
      'connection',
      'keep-alive',
      'content-length',
      'allow',
    )
    // What is let in is compared by structure elsewhere.
    if (reply.status === 200) {
      return {
        status: 200,
        type: reply.headers['content-type']?.replace('; escaping=underscores', ''),
      }
    }
    const username = accounts.get(name)?.username ?? 'nobody'
    const text = inWordsOf136(path, normalText(reply.text, { [username]: 'USER' }))
    if (reply.status === 301 || reply.status === 307) {
      return {
        status: 307,
        headers: kept,
        text: text.replace('Moved Permanently', 'Temporary Redirect'),
      }
    }
    return { status: reply.status, headers: kept, text }
  }

  describe.each(Object.keys(ROLES))('%s', (name) => {
    test.each(PATHS)('%s', async (path) => {
      const answer = await tell(path, { token: account(name).token }, name)
      answers.check(target(), `${name}: ${path}`, answer)
    })
  })

  describe.each(REFUSED)('refused: %s', (kind) => {
    const credential = (): Partial<AskOptions> => {
      const authorization = {
        empty: 'Bearer ',
        'a password': 'Basic dXNlcjpwYXNz',
        'another scheme': 'Digest x',
        'two words': `Bearer ${account('legacy').token.reveal()} x`,
      }[kind]
      if (authorization !== undefined) return { headers: { authorization } }
      return kind === 'no token' ? {} : { token: bad.get(kind) }
    }
    test.each(kind === 'no token' ? PATHS : ['/pods', '/stats/summary', '/nope'])(
      '%s',
      async (path) => {
        answers.check(target(), `refused: ${kind}: ${path}`, await tell(path, credential()))
      },
    )
  })

  describe.each(METHODS)('%s', (method) => {
    test.each([
      '/stats/summary',
      '/metrics/cadvisor',
      '/pods',
      '/healthz',
      '/runningpods/',
      '/nope',
    ])('%s', async (path) => {
      for (const name of ['every verb', 'legacy']) {
        const answer = await tell(path, { token: account(name).token, method }, name)
        answers.check(target(), `${method} ${path} with ${name}`, answer)
      }
    })
  })

  test('a client certificate of the cluster', async () => {
    const admin = await adminCredential(target())
    answers.check(target(), 'certificate: /configz', await tell('/configz', admin))
    answers.check(target(), 'certificate: /stats/summary', await tell('/stats/summary', admin))
  })
})

function inWordsOf136(path: string, text: string): string {
  const old = /^(.*), subresource=(\w+)\)$/.exec(text)
  if (old === null) return text
  const [, start = '', subresource = ''] = old
  const finer = path.startsWith('/healthz')
    ? 'healthz '
    : path.includes('pods')
      ? 'pods '
      : path.startsWith('/configz')
        ? 'configz '
        : ''
  return `${start}, subresource(s)=[${finer}${subresource}])\n`
}
