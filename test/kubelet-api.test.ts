import { readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  SERVICEACCOUNTS,
  boundClaims,
  createTokenKey,
  signToken,
  type Pod,
  type PolicyRule,
  type Role,
  type RoleBinding,
  type ServiceAccount,
  type TokenRequest,
} from '../src/kube/index.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

interface Exchange {
  readonly folder: string
  readonly name: string
  readonly method: string
  readonly path: string
  readonly token?: string
  readonly requestHeaders: Record<string, string>
  readonly status: number
  readonly headers: Record<string, string>
  readonly body?: string
}

const read = (file: string): Promise<string> =>
  readFile(new URL(`fixtures/kubelet-1.36/${file}`, import.meta.url), 'utf8')
const exchanges = JSON.parse(await read('exchanges.json')) as Exchange[]
/** Another recording of a 1.36, with the pods of two vclusters on it. */
const readNode = (file: string): Promise<string> =>
  readFile(new URL(`fixtures/vcluster-node/${file}`, import.meta.url), 'utf8')

const rule = (verbs: string[], ...subresources: string[]): PolicyRule[] => [
  { verbs, apiGroups: [''], resources: subresources.map((name) => `nodes/${name}`) },
]
const ROLES: Record<string, PolicyRule[]> = {
  'fine-grained': rule(['get'], 'stats', 'metrics', 'pods', 'healthz'),
  'nodes-proxy': rule(['get'], 'proxy'),
  legacy: rule(['get', 'list'], 'proxy', 'stats', 'metrics', 'spec', 'log'),
  narrow: rule(['get', 'list'], 'stats', 'metrics'),
  'all-verbs': rule(['*'], 'stats', 'metrics', 'pods', 'healthz'),
}
const NAMESPACE = 'monitoring'

let rig: KubeletRig
const tokens = new Map<string, string>()

beforeAll(async () => {
  rig = await startKubeletRig()
  await rig.create(plainPod())
  await Promise.all([...Object.keys(ROLES), 'forbidden'].map(makeAccount))
  await makeBadTokens()
  await rig.waitForPod('team', 'web', (pod) => pod.status?.phase === 'Running')
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
})

function plainPod(): Pod {
  return {
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'team', labels: { app: 'web' } },
    spec: {
      nodeName: rig.nodeName,
      containers: [
        {
          name: 'main',
          image: 'pause',
          readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
          resources: {
            requests: { cpu: '100m', memory: '64Mi' },
            limits: { cpu: '200m', memory: '128Mi' },
          },
        },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  }
}

async function makeAccount(name: string): Promise<void> {
  await rig.create<ServiceAccount>({
    kind: 'ServiceAccount',
    metadata: { namespace: NAMESPACE, name },
  })
  const rules = ROLES[name]
  if (rules) {
    await rig.admin.create<Role>(CLUSTERROLES, { metadata: { name }, rules })
    await rig.admin.create<RoleBinding>(CLUSTERROLEBINDINGS, {
      metadata: { name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    })
  }
  tokens.set(name, await tokenOf(name))
}

async function tokenOf(name: string, audiences: string[] = []): Promise<string> {
  const request: TokenRequest = { metadata: {}, spec: { audiences, expirationSeconds: 3600 } }
  const options = { namespace: NAMESPACE, name, subresource: 'token' }
  return (await rig.admin.create(SERVICEACCOUNTS, request, options)).status?.token ?? ''
}

async function makeBadTokens(): Promise<void> {
  const account = await rig.admin.get<ServiceAccount>(SERVICEACCOUNTS, {
    namespace: NAMESPACE,
    name: 'fine-grained',
  })
  const foreign = await createTokenKey()
  const claims = {
    issuer: rig.api.issuer,
    audiences: [rig.api.issuer],
    namespace: NAMESPACE,
    serviceAccount: { name: 'fine-grained', uid: account.metadata.uid ?? '' },
    lifetimeMs: 3_600_000,
  }
  const { tokenKey } = rig.api
  tokens.set('foreign-key', await signed(claims, foreign))
  tokens.set('foreign-key-same-kid', await signed(claims, { ...foreign, kid: tokenKey.kid }))
  tokens.set('foreign-issuer', await signed({ ...claims, issuer: 'https://elsewhere' }, tokenKey))
  tokens.set('expired', await signed({ ...claims, lifetimeMs: -60_000 }, tokenKey))
  tokens.set('other-audience', await tokenOf('fine-grained', ['https://somebody.else']))
  tokens.set('unknown', 'not-a-token')
}

async function signed(
  claims: Parameters<typeof boundClaims>[0],
  key: Parameters<typeof signToken>[0],
): Promise<string> {
  return (await signToken(key, boundClaims(claims))).reveal()
}

/** The one known difference: the lab's kubelet has no device manager, so no line of `/healthz?verbose` is about it. */
function withoutDevicePlugin(exchange: Exchange): Exchange {
  const body = exchange.body?.replace('[+]device-plugin ok\n', '')
  if (body === undefined || body === exchange.body) return exchange
  return {
    ...exchange,
    body,
    headers: { ...exchange.headers, 'content-length': String(body.length) },
  }
}

const replayed = exchanges.map(
  (exchange) => [`${exchange.folder}/${exchange.name}`, withoutDevicePlugin(exchange)] as const,
)

test.each(replayed)('%s is answered as by a real kubelet', async (_title, exchange) => {
  const { method, path, requestHeaders, token } = exchange
  const bearer = token === undefined ? undefined : tokens.get(token)
  if (token !== undefined) expect(bearer).toBeTruthy()
  const answer = await rig.get(path, {
    method,
    headers: requestHeaders,
    ...(bearer ? { token: bearer } : {}),
  })
  expect(answer.status).toBe(exchange.status)
  const { body } = exchange
  if (body !== undefined) expect(answer.body.toString()).toBe(body)
  const names = [
    'content-type',
    'content-encoding',
    'x-content-type-options',
    'allow',
    'location',
    'www-authenticate',
    'connection',
  ]
  if (body !== undefined) names.push('content-length', 'transfer-encoding')
  for (const name of names) expect(answer.headers[name], name).toBe(exchange.headers[name])
})

describe('what the answers hold', () => {
  const get = async (path: string): Promise<string> =>
    (await rig.get(path, { token: tokens.get('fine-grained') ?? '' })).body.toString()

  test('gzip is for metrics only, and unpacks to the same kind of text', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const token = tokens.get('fine-grained') ?? ''
    const metrics = await rig.get('/metrics/resource', { token, headers })
    expect(gunzipSync(metrics.body).toString()).toContain(
      '# TYPE node_cpu_usage_seconds_total counter\n',
    )
    expect((await rig.get('/pods', { token, headers })).headers['content-encoding']).toBeUndefined()
  })

  test('/pods shows the pods with their source, annotations and status', async () => {
    const list = JSON.parse(await get('/pods')) as { kind: string; items: Pod[] }
    expect(list.kind).toBe('PodList')
    const web = list.items.find(({ metadata }) => metadata.name === 'web')
    expect(web?.metadata.annotations).toMatchObject({ 'kubernetes.io/config.source': 'api' })
    expect(web?.status?.phase).toBe('Running')
    expect(web?.spec.nodeName).toBe(rig.nodeName)
  })

  test('/metrics/resource has the families, help texts, types and labels of the capture', async () => {
    expect(shape(await get('/metrics/resource'))).toEqual(shape(await read('metrics-resource.txt')))
  })

  test('/metrics/cadvisor families agree with the capture in help, type and labels', async () => {
    const real = shape(await read('metrics-cadvisor.txt'))
    const ours = shape(await get('/metrics/cadvisor'))
    const newer = ['container_fs_reads_bytes_total', 'container_fs_writes_bytes_total']
    for (const [name, family] of ours) {
      if (newer.includes(name)) continue
      expect(real.get(name), name).toEqual(family)
    }
    expect(ours.size).toBeGreaterThan(45)
    expect([...ours.keys()]).toEqual([...ours.keys()].toSorted())
  })

  test('every row of the cadvisor text is well formed, timed and unique', async () => {
    const seen = new Set<string>()
    for (const line of (await get('/metrics/cadvisor')).trimEnd().split('\n')) {
      if (line.startsWith('#')) continue
      const match = /^([a-z_0-9]+(?:\{(?:[a-z_A-Z]+="[^"]*",?)+\})?) (\S+)(?: (\d{13}))?$/.exec(
        line,
      )
      expect(match, line).not.toBeNull()
      expect(Number(match?.[2])).not.toBeNaN()
      expect(seen.has(match?.[1] ?? ''), line).toBe(false)
      seen.add(match?.[1] ?? '')
    }
  })

  test('/metrics help texts and types are those of the capture', async () => {
    const real = shape(await read('metrics-headers.txt'))
    for (const [name, { help, type }] of shape(await get('/metrics'))) {
      const known = real.get(name)
      if (known) expect({ name, help, type }).toEqual({ name, help: known.help, type: known.type })
    }
  })

  test('/stats/summary has the fields of the capture, as far as they can be measured', async () => {
    const real = JSON.parse(await read('stats-summary.json')) as { node: object; pods: object[] }
    const ours = await waitFor(
      'rates, which need a second of running',
      async () => {
        const seen = JSON.parse(await get('/stats/summary')) as typeof real
        const lacking = missing(real.pods[0] ?? {}, seen.pods[0] ?? {})
        return lacking.some((field) => field.endsWith('usageNanoCores')) ? undefined : seen
      },
      { timeoutMs: 8000 },
    )
    expect(missing(real.node, ours.node)).toEqual([])
    expect(missing(real.pods[0] ?? {}, ours.pods[0] ?? {})).toEqual([])
    const brief = JSON.parse(await get('/stats/summary?only_cpu_and_memory=true')) as typeof ours
    expect(Object.keys(brief.pods[0] ?? {})).toEqual([
      'podRef',
      'startTime',
      'containers',
      'cpu',
      'memory',
      'swap',
    ])
  })

  describe('compared with a node under vclusters', () => {
    test('pods have its fields', async () => {
      const real = JSON.parse(await readNode('pods.json')) as { items: Pod[] }
      const ours = JSON.parse(await get('/pods')) as { items: Pod[] }
      const web = ours.items.find(({ metadata }) => metadata.name === 'web')
      const host = real.items.find(({ metadata }) => metadata.name === 'host-app')
      expect(missing(without(real, 'items'), without(ours, 'items'))).toEqual([])
      const metadata = without(host?.metadata ?? {}, 'managedFields')
      expect(missing({ metadata, status: host?.status }, web)).toEqual([])
    })

    test('running pods have its fields', async () => {
      const real = JSON.parse(await readNode('runningpods.json')) as { items: Pod[] }
      const ours = JSON.parse(await get('/runningpods/')) as { items: Pod[] }
      expect(missing(real, ours)).toEqual([])
      expect(missing(ours, real)).toEqual([])
    })

    test('its summary has no field that ours lacks', async () => {
      const real = JSON.parse(await readNode('stats-summary.json')) as { node: object }
      const ours = JSON.parse(await get('/stats/summary')) as { node: object }
      expect(missing(real.node, ours.node)).toEqual([])
    })

    test.each([
      ['/metrics/resource', 'metrics-resource.txt'],
      ['/metrics/slis', 'metrics-slis.txt'],
      ['/metrics/probes', 'metrics-probes.txt'],
    ])('%s has its families', async (path, file) => {
      const text = await waitFor(
        'a probe',
        async () => {
          const seen = await get(path)
          const isThere = !path.endsWith('probes') || seen.includes('prober_probe_total{')
          return isThere ? seen : undefined
        },
        { timeoutMs: 8000 },
      )
      const [real, ours] = [shape(await readNode(file)), shape(text)]
      // Health checks are counted from the first one on, and nobody had asked that kubelet.
      ours.delete('kubernetes_healthcheck')
      expect(ours).toEqual(real)
    })

    test('the families of /metrics that both have have its help texts, types and labels', async () => {
      const real = shape(await readNode('metrics.txt'))
      const ours = [...shape(await get('/metrics'))].filter(([name]) => real.has(name))
      expect(ours.length).toBeGreaterThan(25)
      for (const [name, family] of ours)
        expect({ name, ...family }).toEqual({ name, ...real.get(name) })
    })

    test('the families of /metrics/cadvisor too', async () => {
      const real = shape(await readNode('metrics-cadvisor.txt'))
      const ours = [...shape(await get('/metrics/cadvisor'))].filter(([name]) => real.has(name))
      expect(ours.length).toBeGreaterThan(45)
      for (const [name, family] of ours)
        expect({ name, ...family }).toEqual({ name, ...real.get(name) })
    })

    test('its health is told in the same lines, but for the device manager', async () => {
      const token = tokens.get('nodes-proxy') ?? ''
      const told = (await rig.get('/healthz?verbose', { token })).body.toString()
      const real = await readNode('healthz-verbose.txt')
      expect(told).toBe(real.replace('[+]device-plugin ok\n', ''))
    })
  })

  test('connections are kept open, though no header says so', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const token = tokens.get('fine-grained') ?? ''
    const ports = new Set<number | undefined>()
    for (const path of ['/stats/summary', '/metrics/cadvisor', '/healthz', '/no/such/path']) {
      const { localPort, headers } = await rig.get(path, { token, agent })
      expect(headers['connection']).toBeUndefined()
      ports.add(localPort)
    }
    expect(ports.size).toBe(1)
    agent.destroy()
  })

  test('a client certificate of the cluster is a user, and masters may do everything', async () => {
    const answer = await rig.get('/configz', { cert: rig.api.adminCredential })
    expect(answer.status).toBe(200)
    const stranger = await rig.api.issueClientCertificate('somebody')
    expect((await rig.get('/configz', { cert: stranger })).body.toString()).toBe(
      'Forbidden (user=somebody, verb=get, resource=nodes, subresource(s)=[configz proxy])\n',
    )
  })

  test('exec is authorized first: get nodes/proxy suffices, as with a real kubelet', async () => {
    const path = '/exec/team/web/main?command=id&output=1'
    expect((await rig.get(path, { token: tokens.get('fine-grained') ?? '' })).status).toBe(403)
    const nodesProxy = { token: tokens.get('nodes-proxy') ?? '' }
    // Let in, and then told that it has to be an upgrade.
    expect((await rig.get(path, nodesProxy)).body.toString()).toBe('Upgrade request required\n')
    expect((await rig.get(path, { ...nodesProxy, method: 'POST' })).status).toBe(403)
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    }
    expect(
      (await rig.get(path, { token: tokens.get('narrow') ?? '', headers: upgrade })).status,
    ).toBe(403)
  })

  test('requests at the same time with one token share a review, and a good token is remembered', async () => {
    const count = (): number => rig.api.requestCounts()['create tokenreviews'] ?? 0
    const before = count()
    const token = await tokenOf('narrow')
    await Promise.all([1, 2, 3, 4].map(() => rig.get('/stats/summary', { token })))
    await rig.get('/stats/summary', { token })
    expect(count() - before).toBe(1)
    for (let n = 0; n < 3; n++) await rig.get('/stats/summary', { token: 'refused' })
    expect(count() - before).toBe(4)
  })
})

const without = (object: object, ...keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))

interface FamilyShape {
  readonly help: string
  readonly type: string
  /** The label names of its rows, in order. */
  readonly labels: string
}

function shape(text: string): Map<string, FamilyShape> {
  const families = new Map<string, FamilyShape>()
  let help = ''
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (kind === 'HELP') help = rest
    else if (kind === 'TYPE') families.set(name, { help, type: rest, labels: '' })
    else {
      const family = line.split(/[{ ]/)[0] ?? ''
      const found = families.get(family)
      if (found)
        families.set(family, {
          ...found,
          labels: [...line.matchAll(/([a-zA-Z_]+)="/g)].map((m) => m[1]).join(),
        })
    }
  }
  return families
}

/** Paths of fields that one object has and the other lacks; pressure and a container's own swap are not measured. */
function missing(wanted: unknown, found: unknown, path = ''): string[] {
  if (/psi$|\.io$|containers\[\]\.swap\.swapAvailableBytes$/.test(path)) return []
  if (typeof wanted !== 'object' || wanted === null) return found === undefined ? [path] : []
  if (Array.isArray(wanted))
    return wanted.length === 0
      ? []
      : missing(wanted[0], (found as unknown[] | undefined)?.[0], `${path}[]`)
  return Object.entries(wanted).flatMap(([key, value]) =>
    missing(value, (found as Record<string, unknown> | undefined)?.[key], `${path}.${key}`),
  )
}
