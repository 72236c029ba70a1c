import fc from 'fast-check'
import { bearerToken } from '../src/gateway/bearer.ts'
import { route } from '../src/gateway/route.ts'

const NODE = 'node-1'

/** Written by hand from the kubelet's own list, not from the gateway's table. */
const PATHS = [
  'healthz',
  'pods',
  'runningpods',
  'stats/summary',
  'metrics',
  'metrics/cadvisor',
  'metrics/resource',
  'metrics/probes',
]
const QUERIES = ['verbose', 'verbose=true', 'only_cpu_and_memory=true', 'only_cpu_and_memory=false']
const SERVED = new RegExp(
  `^(?:/api/v1/nodes/${NODE}/proxy)?/(?:${PATHS.join('|')})/?(?:\\?(?:${QUERIES.join('|')}))?$`,
)
/** Logs are served where they are switched on: names only, of three or four segments. */
const LOGS = new RegExp(
  `^(?:/api/v1/nodes/${NODE}/proxy)?/containerLogs(?:/[a-z0-9][a-z0-9.-]*){3}(?:\\?[A-Za-z0-9=&:.+-]*)?$`,
)

const piece = fc.constantFrom(
  ...PATHS.flatMap((path) => path.split('/')),
  ...['exec', 'run', 'attach', 'portForward', 'configz', 'debug', 'logs', 'containerLogs'],
  ...['api', 'v1', 'nodes', NODE, 'proxy', 'vcluster-k8s2', 'web', 'PODS', 'Metrics'],
  ...['.', '..', '%2e%2e', '%2f', '', ';x', '#', '?', '\\', '\u0000', 'é', ' ', '\t', '*'],
)
const joint = fc.constantFrom('/', '/', '/', '/', '//', '', '\\', '%2f', '/./', '/../', '?', '&')
const built = fc
  .array(fc.tuple(joint, piece), { minLength: 1, maxLength: 9 })
  .map((parts) => parts.flat().join(''))
const near = fc
  .tuple(
    fc.constantFrom('', `/api/v1/nodes/${NODE}/proxy`, '/api/v1/nodes/other/proxy', 'https://x'),
    fc.constantFrom(...PATHS),
    fc.constantFrom('', '/', '?', ...QUERIES.map((query) => `?${query}`), '?x=1', '#', ';', '/..'),
    fc.option(fc.tuple(fc.nat(0xffff), fc.nat(0x17f)), { nil: undefined }),
  )
  .map(([prefix, path, tail, edit]) => {
    const target = `${prefix}/${path}${tail}`
    if (edit === undefined) return target
    const at = edit[0] % (target.length + 1)
    return target.slice(0, at) + String.fromCharCode(edit[1]) + target.slice(at)
  })
const target = fc.oneof(built, near, fc.string({ maxLength: 300 }))

const method = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'CONNECT', 'get', 'OPTIONS', '')
const name = fc.constantFrom(
  ...['Authorization', 'authorization', 'AUTHORIZATION', 'Host', 'Connection', 'Upgrade'],
  ...['Transfer-Encoding', 'Content-Length', 'Expect', 'X-Remote-User', 'Impersonate-User', 'TE'],
  ...['Proxy-Authorization', 'X_Authorization', 'Authorization '],
)
const value = fc.oneof(
  fc.constantFrom(
    'Bearer a.b.c',
    'bearer a.b.c',
    'Bearer  a.b.c',
    'Bearer a.b.c, Bearer d',
    'Basic YTpi',
  ),
  fc.constantFrom(
    'upgrade',
    'keep-alive, Upgrade',
    'close',
    'chunked',
    '0',
    '4',
    '-0',
    '00',
    '100-continue',
    '',
  ),
  fc.string({ maxLength: 20 }),
)
const headers = fc.array(fc.tuple(name, value), { maxLength: 6 })

/** Heads × targets: nothing is served that is not on the list, and no request that could be more than a GET. */
export const requests: fc.IPropertyWithHooks<[string, string, [string, string][]]> = fc.property(
  method,
  target,
  headers,
  (verb, url, pairs) => {
    const rawHeaders = pairs.flat()
    const verdict = route({ method: verb, url, rawHeaders }, NODE)
    if (verdict.ok) {
      if (verb !== 'GET' && verb !== 'HEAD') throw new Error('served another method')
      if (!SERVED.test(url) && !LOGS.test(url)) throw new Error('served a target off the list')
      for (const [header, text] of pairs) expectHarmless(header.toLowerCase(), text)
    }
    const token = bearerToken(rawHeaders)
    const given = pairs.filter(([header]) => header.toLowerCase() === 'authorization')
    const [only] = given
    if (token !== undefined && (given.length !== 1 || only?.[1].slice(7) !== token.reveal())) {
      throw new Error('took a token that is not the only one')
    }
  },
)

function expectHarmless(header: string, text: string): void {
  const isBody = header === 'transfer-encoding' || header === 'expect'
  const isLong = header === 'content-length' && text.trim() !== '0'
  const isUpgrade =
    header === 'upgrade' || (header === 'connection' && text.toLowerCase().includes('upgrade'))
  if (isBody || isLong || isUpgrade) throw new Error(`served a request with ${header}: ${text}`)
}
