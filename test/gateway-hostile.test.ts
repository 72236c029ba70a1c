import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Secret } from '../src/core/index.ts'
import { hostName } from '../src/tenants/index.ts'
import { startFaultRig, type FaultRig } from './helpers/fault-rig.ts'
import { payloadsOf, syncedBy, type NodePod } from './helpers/node-payloads.ts'

const PATHS = ['/pods', '/stats/summary', '/metrics/cadvisor'] as const
const uid = (n: number): string => `${n}0000000-58aa-4c6b-9d55-0d1d5a3f7c0${n}`

/** Two vclusters with the same name, in different namespaces, with the same virtual pod: equal in every name. */
const twin = (tenant: string, n: number, bytes: number): NodePod => ({
  namespace: `vcluster-${tenant}`,
  name: hostName('web', 'shop', 'prod'),
  uid: uid(n),
  ...syncedBy('prod', { name: 'web', namespace: 'shop', uid: `virtual-${uid(n)}` }),
  bytes,
})

/** A pod of tenant k8s1 that says of itself what it likes. */
const claiming = (
  name: string,
  n: number,
  claims: { labels?: Record<string, string>; annotations?: Record<string, string> },
): NodePod => {
  const honest = syncedBy('prod', { name, namespace: 'evil', uid: `virtual-${uid(n)}` })
  return {
    namespace: 'vcluster-k8s1',
    name: hostName(name, 'evil', 'prod'),
    uid: uid(n),
    bytes: 66_600_000 + n,
    labels: { ...honest.labels, ...claims.labels },
    annotations: { ...honest.annotations, ...claims.annotations },
  }
}

const BREAKOUT = '",pod="web-x-shop-x-prod",namespace="vcluster-k8s2'
const LINE = 'nginx\n# EOF\ncontainer_memory_usage_bytes{namespace="shop",pod="web"} 4242'

const pods: readonly NodePod[] = [
  twin('k8s1', 1, 11_100_001),
  twin('k8s2', 2, 22_200_002),
  // What the tenant may write: legacy annotations and its own labels. They name nothing and decide nothing.
  claiming('legacy', 3, {
    annotations: {
      'vcluster.loft.sh/name': 'web',
      'vcluster.loft.sh/namespace': 'shop',
      'vcluster.loft.sh/uid': `virtual-${uid(2)}`,
      'vcluster.loft.sh/labels': 'team="k8s2"',
      'vcluster.loft.sh/token-abcdefgh': 'a-virtual-token',
    },
  }),
  // What it must not be able to write; if it could: contradictions are nobody's.
  claiming('impostor', 4, {
    annotations: { 'vcluster.loft.sh/object-host-namespace': 'vcluster-k8s2' },
  }),
  claiming('renamed', 5, { annotations: { 'vcluster.loft.sh/object-name': 'web' } }),
  claiming('other-manager', 6, { labels: { 'vcluster.loft.sh/managed-by': 'k8s2' } }),
  { ...claiming('breakout', 7, { labels: { app: BREAKOUT } }), image: BREAKOUT },
  { ...claiming('liner', 8, { annotations: { note: LINE } }), image: LINE, container: 'a\\",b="' },
  // A host pod of the platform that carries a tenant's marks outside its namespaces.
  { ...twin('k8s1', 9, 99_900_009), namespace: 'kube-system' },
]

let rig: FaultRig
let one: Secret
let two: Secret
beforeAll(async () => {
  rig = await startFaultRig({
    vcluster: 'prod',
    payloads: payloadsOf(pods),
    config: 'limits: { requestsPerSecond: 10000, burst: 10000 }',
  })
  ;[one, two] = [await rig.k8s1.token('agent'), await rig.k8s2.token('agent')]
})
afterAll(() => rig[Symbol.asyncDispose]())

const sliceOf = async (path: string, token: Secret): Promise<string> => {
  const { status, text } = await rig.ask(path, token)
  expect(status).toBe(200)
  return text
}

describe('two tenants with equal pod and vcluster names', () => {
  test.each(PATHS)('each sees its own pod in %s', async (path) => {
    const [first, second] = [await sliceOf(path, one), await sliceOf(path, two)]
    expect(first).toContain('"web"')
    expect(second).toContain('"web"')
    expect(first).not.toContain(uid(2))
    expect(second).not.toContain(uid(1))
    if (path === '/pods') return
    expect([first.includes('11100001'), first.includes('22200002')]).toEqual([true, false])
    expect([second.includes('11100001'), second.includes('22200002')]).toEqual([false, true])
  })

  test('and neither sees the platform’s pod that carries its marks', async () => {
    for (const path of PATHS) {
      for (const token of [one, two]) {
        expect(await sliceOf(path, token)).not.toMatch(/99900009|90000000-58aa/)
      }
    }
  })
})

describe('annotations that claim another tenant', () => {
  test('move nothing into the other tenant’s slice', async () => {
    for (const path of PATHS) expect(await sliceOf(path, two)).not.toMatch(/666000|evil|legacy/)
  })

  test('legacy annotations, which a tenant can write, name nothing', async () => {
    const list = JSON.parse(await sliceOf('/pods', one)) as {
      items: { metadata: { name: string; namespace: string; uid: string } }[]
    }
    const found = list.items.find(({ metadata }) => metadata.name === 'legacy')
    expect(found?.metadata).toMatchObject({ namespace: 'evil', uid: `virtual-${uid(3)}` })
    expect(list.items.filter(({ metadata }) => metadata.name === 'web')).toHaveLength(1)
  })

  test('contradicting ones make the pod nobody’s', async () => {
    for (const path of PATHS) {
      expect(await sliceOf(path, one)).not.toMatch(/impostor|renamed|other-manager|6660000[456]/)
    }
  })

  test('no host annotation passes, token or not', async () => {
    expect(await sliceOf('/pods', one)).not.toMatch(/a-virtual-token|loft\.sh|"note"/)
  })
})

describe('labels, images and container names that try to break out of a label', () => {
  test('stay one value of one line', async () => {
    const text = await sliceOf('/metrics/cadvisor', one)
    expect(text).not.toMatch(/^# EOF/m)
    expect(text).not.toMatch(/ 4242$/m)
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    // web, legacy, breakout and liner, in two families.
    expect(lines).toHaveLength(8)
    for (const line of lines) {
      const values = [...line.matchAll(/[{,]([a-z]+)="((?:[^"\\]|\\.)*)"/g)]
      expect(values.map(([, name]) => name)).toEqual([
        'container',
        'id',
        'image',
        'name',
        'namespace',
        'pod',
      ])
      expect(['shop', 'evil']).toContain(values[4]?.[2])
    }
  })

  test('are one JSON text in the pods and in the summary', async () => {
    const list = JSON.parse(await sliceOf('/pods', one)) as {
      items: { spec: { containers: { image: string }[] } }[]
    }
    const images = list.items.flatMap(({ spec }) => spec.containers.map(({ image }) => image))
    expect(images).toEqual(['nginx', 'nginx', BREAKOUT, LINE])
    const summary = JSON.parse(await sliceOf('/stats/summary', one)) as { pods: unknown[] }
    expect(summary.pods).toHaveLength(4)
  })
})

/** All that comes back on one connection until the server closes it. */
function talk(...requests: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ host: '127.0.0.1', port: rig.gateway.port, ca: rig.caPem }, () =>
      socket.write(requests.join('')),
    )
    socket.setTimeout(3_000, () => socket.destroy())
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', () => undefined).on('close', () => resolve(text))
  })
}

const get = (target: string, token?: Secret, ...headers: readonly string[]): string =>
  [
    `GET ${target} HTTP/1.1`,
    'Host: node',
    ...(token === undefined ? [] : [`Authorization: Bearer ${token.reveal()}`]),
    ...headers,
    '',
    '',
  ].join('\r\n')
const statusesOf = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => Number(code))
const last = 'Connection: close'

describe('several requests in one piece (pipelining)', () => {
  test('each is somebody’s own: no identity is left over from the one before', async () => {
    const text = await talk(
      get('/stats/summary', one),
      get('/stats/summary', two),
      get('/stats/summary', one),
      get('/stats/summary', undefined, last),
    )
    expect(statusesOf(text)).toEqual([200, 200, 200, 401])
    const [first, second, third] = text.split(/^HTTP\/1\.1 /m).slice(1)
    expect(first).toContain('11100001')
    expect(second).not.toContain('11100001')
    expect(second).toContain('22200002')
    expect(third).not.toContain('22200002')
  })

  test('a request behind a smuggled body is not answered', async () => {
    const hidden = get('/stats/summary', two, last)
    const smuggled = get('/pods', one, 'Transfer-Encoding: chunked', 'Content-Length: 4')
    const statuses = statusesOf(await talk(smuggled, '0\r\n\r\n', hidden))
    expect(statuses).toEqual([400])
  })

  test('that end in nonsense take no place for ever: the tenant is served afterwards', async () => {
    for (let i = 0; i < 4; i++) {
      const good = Array.from({ length: 20 }, () => get('/healthz', one))
      const statuses = statusesOf(await talk(...good, 'BOGUS\r\n\r\n'))
      // Where an answer has begun already, the connection is ended without a word.
      const others = statuses.filter((code) => code !== 200 && code !== 429)
      expect([[400], []]).toContainEqual(others)
    }
    expect((await rig.ask('/healthz', one)).status).toBe(200)
  })
})

describe('headers that other proxies trusted', () => {
  const good = (...headers: readonly string[]): string =>
    get('/stats/summary', one, ...headers, last)
  test.each([
    'Impersonate-User: system:serviceaccount:datadog:admin',
    'Impersonate-Group: system:masters',
    'Impersonate-Extra-scopes: all',
    'X-Remote-User: system:admin',
    'X-Remote-Group: system:masters',
    'X-Remote-Extra-Tenant: k8s2',
    'X_Forwarded_User: system:admin',
    'X_Remote_User: system:admin',
    'X-Forwarded-Uri: /exec/vcluster-k8s2/web/app',
    'X-Original-URL: /pods',
    'X-Rewrite-URL: /pods',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Host: k8s2',
    'Forwarded: for=127.0.0.1;host=k8s2',
    'X-HTTP-Method-Override: POST',
    'User-Agent: kube-probe/1.36',
    'User-Agent: GoogleHC/1.0',
    'Host: k8s2.vcluster-k8s2',
    'Connection: authorization, close',
    'Proxy-Authorization: Bearer x',
  ])('%s changes nothing for a caller, and lets nobody else in', async (header) => {
    const own = await talk(good(header))
    expect(statusesOf(own)).toEqual([200])
    expect(own).not.toContain('22200002')
    const stranger = statusesOf(await talk(get('/stats/summary', undefined, header, last)))
    expect(stranger).toEqual([401])
  })

  test('nothing of a client’s head reaches the kubelet or the tenant’s API server', async () => {
    const strange = ['X-Strange: 1', 'Cookie: a=b', 'User-Agent: strange/1', 'Accept: */strange']
    const fresh = await rig.k8s1.token('another-agent')
    await talk(get('/stats/summary', fresh, ...strange, last))
    const upstream = [rig.kubelet, rig.k8s1.server].flatMap(({ requests }) =>
      requests.map(({ headers }) => JSON.stringify(headers)),
    )
    expect(upstream.length).toBeGreaterThan(3)
    for (const head of upstream) expect(head).not.toMatch(/strange|cookie/i)
  })

  test.each([
    ['two Authorization headers of two tenants', [1, 2]],
    ['two equal ones', [1, 1]],
  ])('%s are nobody’s', async (_, [first, second]) => {
    const bearer = (n: number | undefined): string =>
      `Authorization: Bearer ${(n === 1 ? one : two).reveal()}`
    const text = await talk(get('/pods', undefined, bearer(first), bearer(second), last))
    expect(statusesOf(text)).toEqual([401])
  })

  test('a head of a hundred headers and more, or of 64 KiB, is refused', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `X-${i}: 1`)
    expect(statusesOf(await talk(get('/pods', one, ...many, last)))).toEqual([431])
    const large = `X-Large: ${'a'.repeat(64 * 1024)}`
    expect(statusesOf(await talk(get('/pods', one, large, last)))).toEqual([431])
  })
})

test('docs/attacks.md names tests that exist, at least one for each row', () => {
  const root = new URL('../', import.meta.url)
  const page = readFileSync(new URL('docs/attacks.md', root), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| (?!-|Attack)/.test(line))
  expect(rows.length).toBeGreaterThanOrEqual(17)
  for (const row of rows) {
    const named = [...row.matchAll(/`((?:test|src)\/[\w./-]+\.test\.ts)`: “([^”]+)”/g)]
    expect(named, row).not.toHaveLength(0)
    for (const [, file = '', title = ''] of named) {
      const text = readFileSync(new URL(file, root), 'utf8')
      expect(text.includes(title), `${file}: ${title}`).toBe(true)
    }
  }
})
