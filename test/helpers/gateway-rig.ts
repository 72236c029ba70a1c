import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { listen, secret, type Clock, type Secret } from '../../src/core/index.ts'
import { loadGatewayConfig, startGateway, type Gateway } from '../../src/gateway/index.ts'
import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  createAuthority,
  NAMESPACES,
  SERVICEACCOUNTS,
  type Authority,
  type TokenRequest,
} from '../../src/kube/index.ts'
import { startCluster, type TestCluster } from './cluster.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

export interface AskOptions {
  readonly token?: Secret | string
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  /** The client's side of TLS: its certificate, the server name that it asks for. */
  readonly tls?: { readonly cert?: string; readonly key?: string; readonly servername?: string }
  /** Another port than the one that all tenants share. */
  readonly port?: number
}

/** What the stand-in for a kubelet was asked, and what it shall answer instead of its files. */
export interface FixtureKubelet {
  readonly requests: { method: string; path: string; headers: IncomingHttpHeaders }[]
  readonly overrides: Map<string, { status: number; body: string | Buffer; after?: Promise<void> }>
  stop(): Promise<void>
}

export interface GatewayRig extends AsyncDisposable {
  readonly gateway: Gateway
  readonly k8s1: TestCluster
  readonly k8s2: TestCluster
  readonly kubelet: FixtureKubelet
  readonly dir: string
  /** The gateway's configuration; it is watched when `reloads` was asked for. */
  readonly configFile: string
  /** The authority that the serving certificate is of. */
  readonly authority: Authority
  readonly caPem: string
  /** Everything that was logged. */
  log(): string
  /** A ServiceAccount with get on these subresources of nodes, and a token of it. */
  account(cluster: TestCluster, name: string, subresources?: readonly string[]): Promise<Secret>
  ask(path: string, options?: AskOptions): Promise<Reply>
}

export interface RigOptions {
  /** The configuration is read again when its file or one that it names changes. */
  readonly reloads?: boolean
  readonly clock?: Clock
  /** Lines of the configuration's top level. */
  readonly config?: string
  /** Lines of every tenant. */
  readonly tenantConfig?: string
  /** Writes files that the configuration names, and gives lines of tenants, by name. */
  readonly prepare?: (parts: RigParts) => Promise<Readonly<Record<string, string>>>
  /** Has the last word on the configuration. */
  readonly edit?: (text: string, parts: RigParts) => Promise<string>
}

export type RigParts = Pick<GatewayRig, 'dir' | 'k8s1' | 'k8s2'>

const FILES: Readonly<Record<string, string>> = {
  '/pods': 'pods.json',
  '/stats/summary': 'stats-summary.json',
  '/metrics/cadvisor': 'metrics-cadvisor.txt',
  '/metrics/resource': 'metrics-resource.txt',
  '/metrics/probes': 'metrics-probes.txt',
  '/metrics': 'metrics.txt',
}
const fixture = (name: string): Promise<Buffer> =>
  readFile(new URL(`../fixtures/vcluster-node/${name}`, import.meta.url))

/**
 * A gateway in front of what a real kubelet 1.36 answered about a node with two vclusters; the API servers of the two
 * are the lab's, with the same issuer. Everything over HTTPS on loopback.
 */
export async function startGatewayRig(options: RigOptions = {}): Promise<GatewayRig> {
  const dir = await mkdtemp(join(tmpdir(), 'sublet-gateway-'))
  const [k8s1, k8s2, authority] = await Promise.all([
    startCluster({ name: 'k8s1' }),
    startCluster({ name: 'k8s2' }),
    createAuthority('host'),
  ])
  const serving = await authority.issueServing({
    commonName: 'node',
    addresses: ['127.0.0.1'],
    dnsNames: ['*.gateway.test'],
  })
  const kubelet = await startFixtureKubelet(serving)
  await Promise.all([
    writeFile(join(dir, 'tls.crt'), serving.certPem),
    writeFile(join(dir, 'tls.key'), serving.keyPem),
    writeFile(join(dir, 'ca.crt'), authority.certPem),
    writeFile(join(dir, 'token'), HOST_TOKEN),
    ...[k8s1, k8s2].flatMap(({ api }) => [
      writeFile(join(dir, `${api.name}-ca.crt`), api.caPem),
      writeFile(join(dir, `${api.name}.jwks`), JSON.stringify(api.jwks)),
    ]),
  ])
  const file = join(dir, 'gateway.yaml')
  const lines = await options.prepare?.({ dir, k8s1, k8s2 })
  const text = configText(kubelet.url, [k8s1, k8s2], { ...options, lines })
  await writeFile(file, (await options.edit?.(text, { dir, k8s1, k8s2 })) ?? text)
  const logged: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString())
      done()
    },
  })
  const closeRest = async (): Promise<void> => {
    await Promise.all([
      kubelet.stop(),
      k8s1[Symbol.asyncDispose](),
      k8s2[Symbol.asyncDispose](),
      rm(dir, { recursive: true }),
    ])
  }
  const gateway = await startGateway(loadGatewayConfig(file), {
    log: pino({ level: 'debug' }, sink),
    ...(options.reloads === true ? { configFile: file } : {}),
    ...(options.clock ? { clock: options.clock } : {}),
  }).catch(async (error: unknown) => {
    await closeRest()
    throw error
  })
  return {
    gateway,
    k8s1,
    k8s2,
    kubelet,
    dir,
    configFile: file,
    authority,
    caPem: authority.certPem,
    log: () => logged.join(''),
    account: (cluster, name, subresources = ['metrics', 'stats', 'proxy']) =>
      createAccount(cluster, name, subresources),
    ask: (path, ask) => askServer(gateway.port, authority.certPem, path, ask),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await closeRest()
    },
  }
}

/** The gateway's own credential on the host. */
export const HOST_TOKEN = 'host-credential-of-the-gateway'

function configText(
  kubeletUrl: string,
  clusters: readonly TestCluster[],
  options: RigOptions & { lines: Readonly<Record<string, string>> | undefined },
): string {
  const tenants = clusters.map(
    ({ api }) => `
  - name: ${api.name}
    hostNamespaces: [vcluster-${api.name}]
    api: { url: '${api.url}', caFile: ${api.name}-ca.crt }
    keys: { jwksFile: ${api.name}.jwks }${options.tenantConfig ?? ''}
${options.lines?.[api.name] ?? ''}`,
  )
  return `listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: { certFile: tls.crt, keyFile: tls.key }
kubelet: { url: '${kubeletUrl}', nodeName: rig136-node, caFile: ca.crt, tokenFile: token }
${options.config ?? ''}
tenants:${tenants.join('')}
`
}

export async function startFixtureKubelet(serving: {
  certPem: string
  keyPem: string
}): Promise<FixtureKubelet & { url: string }> {
  const requests: FixtureKubelet['requests'] = []
  const overrides: FixtureKubelet['overrides'] = new Map()
  const server = createServer(
    { cert: serving.certPem, key: serving.keyPem },
    (request, response) => {
      const { method = '', url: path = '', headers } = request
      requests.push({ method, path, headers })
      const override = overrides.get(path)
      if (override) {
        void (override.after ?? Promise.resolve()).then(() => {
          response.writeHead(override.status).end(override.body)
        })
        return
      }
      const name = headers.authorization === `Bearer ${HOST_TOKEN}` ? FILES[path] : undefined
      if (name === undefined) response.writeHead(404).end('404 page not found\n')
      else void fixture(name).then((body) => response.writeHead(200).end(body))
    },
  )
  const port = await listen(server, { address: '127.0.0.1', port: 0 }, 'the kubelet of a test')
  return {
    url: `https://127.0.0.1:${port}`,
    requests,
    overrides,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export async function createAccount(
  { admin }: Pick<TestCluster, 'admin'>,
  name: string,
  subresources: readonly string[],
): Promise<Secret> {
  const namespace = 'datadog'
  await admin.create(NAMESPACES, { metadata: { name: namespace } }).catch(() => undefined)
  await admin.create(SERVICEACCOUNTS, { metadata: { name, namespace } })
  if (subresources.length > 0) {
    const resources = subresources.map((subresource) => `nodes/${subresource}`)
    const rules = [{ apiGroups: [''], resources, verbs: ['get'] }]
    await admin.create(CLUSTERROLES, { metadata: { name }, rules })
    await admin.create(CLUSTERROLEBINDINGS, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    })
  }
  const request: TokenRequest = { metadata: { name, namespace }, spec: { expirationSeconds: 3600 } }
  const made = await admin.create(SERVICEACCOUNTS, request, {
    namespace,
    name,
    subresource: 'token',
  })
  return secret(made.status?.token ?? '')
}

export function askServer(
  port: number,
  ca: string,
  path: string,
  { token, method = 'GET', headers = {}, tls = {}, port: otherPort }: AskOptions = {},
): Promise<Reply> {
  const bearer = typeof token === 'string' ? token : token?.reveal()
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: otherPort ?? port,
        path,
        method,
        ca,
        ...tls,
        agent: false,
        headers: {
          ...headers,
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          const status = response.statusCode ?? 0
          resolve({ status, headers: response.headers, body, text: body.toString() })
        })
      },
    )
    request.on('error', reject)
    request.end()
  })
}
