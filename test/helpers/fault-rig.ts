import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Clock, Secret } from '../../src/core/index.ts'
import { loadGatewayConfig, startGateway, type Gateway } from '../../src/gateway/index.ts'
import { createAuthority, jwksOf } from '../../src/kube/index.ts'
import { startScriptedServer, type Behaviour, type ScriptedServer } from './scripted-server.ts'
import { startScriptedTenant, type ScriptedTenant } from './scripted-tenant.ts'

export interface FaultReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Milliseconds until all of it was there. */
  readonly ms: number
}

/** A gateway between a kubelet and two tenants' API servers, each of which misbehaves when told to. Real HTTPS. */
export interface FaultRig extends AsyncDisposable {
  readonly gateway: Gateway
  readonly kubelet: ScriptedServer
  readonly k8s1: ScriptedTenant
  readonly k8s2: ScriptedTenant
  readonly dir: string
  readonly caPem: string
  log(): string
  ask(path: string, token: Secret, headers?: Record<string, string>): Promise<FaultReply>
}

export interface FaultRigOptions {
  readonly clock?: Clock
  /** Lines of the configuration's top level, such as `snapshot: { ttl: 0s }`. */
  readonly config?: string
  /** The keys of the tenants: from files (default) or from their API servers. */
  readonly keys?: 'file' | 'url'
  /** The vcluster of both tenants, in namespaces `vcluster-k8s1` and `vcluster-k8s2`; default: the tenant's name. */
  readonly vcluster?: string
  /** What the kubelet says: by path; default: the capture of a node with two vclusters. */
  readonly payloads?: Payloads
  readonly allow?: (username: string, subresource: string) => boolean
}

export type Payloads = Readonly<Record<string, string | Buffer>>

export const NODE_TOKEN = 'host-credential-of-the-gateway'

const TYPES: Readonly<Record<string, string>> = {
  '/pods': 'application/json',
  '/stats/summary': 'application/json',
  '/metrics/cadvisor': 'text/plain; version=0.0.4; charset=utf-8',
}

export async function capturedPayloads(): Promise<Payloads> {
  const read = (name: string): Promise<Buffer> =>
    readFile(new URL(`../fixtures/vcluster-node/${name}`, import.meta.url))
  return {
    '/pods': await read('pods.json'),
    '/stats/summary': await read('stats-summary.json'),
    '/metrics/cadvisor': await read('metrics-cadvisor.txt'),
  }
}

/** A kubelet that knows one credential and three payloads. */
function honestKubelet(payloads: Payloads, token: () => Promise<string>): Behaviour {
  return (request, response) => {
    void token().then((wanted) => {
      const body = payloads[request.url ?? '']
      if (request.headers.authorization !== `Bearer ${wanted}`) {
        response.writeHead(401).end('Unauthorized')
      } else if (body === undefined) response.writeHead(404).end('404 page not found\n')
      else response.writeHead(200, { 'content-type': TYPES[request.url ?? ''] }).end(body)
    })
  }
}

export async function startFaultRig(options: FaultRigOptions = {}): Promise<FaultRig> {
  const dir = await mkdtemp(join(tmpdir(), 'sublet-faults-'))
  const authority = await createAuthority('host')
  const tls = await authority.issueServing({ commonName: 'node', addresses: ['127.0.0.1'] })
  const payloads = options.payloads ?? (await capturedPayloads())
  const accepted = (): Promise<string> => readFile(join(dir, 'accepted'), 'utf8')
  const [k8s1, k8s2, kubelet] = await Promise.all([
    startScriptedTenant('k8s1', tls, options.allow),
    startScriptedTenant('k8s2', tls, options.allow),
    startScriptedServer(tls, honestKubelet(payloads, accepted)),
  ])
  const files: Record<string, string> = {
    'tls.crt': tls.certPem,
    'tls.key': tls.keyPem,
    'ca.crt': authority.certPem,
    token: NODE_TOKEN,
    accepted: NODE_TOKEN,
    'k8s1.jwks': JSON.stringify(jwksOf([k8s1.key])),
    'k8s2.jwks': JSON.stringify(jwksOf([k8s2.key])),
    'gateway.yaml': configText(kubelet.url, [k8s1, k8s2], options),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const logged: string[] = []
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString())
      done()
    },
  })
  const gateway = await startGateway(loadGatewayConfig(join(dir, 'gateway.yaml')), {
    log: pino({ level: 'debug' }, sink),
    ...(options.clock ? { clock: options.clock } : {}),
  })
  return {
    gateway,
    kubelet,
    k8s1,
    k8s2,
    dir,
    caPem: authority.certPem,
    log: () => logged.join(''),
    ask: (path, token, headers) => ask(gateway.port, authority.certPem, path, token, headers),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await Promise.all([kubelet, k8s1, k8s2].map((each) => each[Symbol.asyncDispose]()))
      await rm(dir, { recursive: true })
    },
  }
}

function configText(
  kubeletUrl: string,
  tenants: readonly ScriptedTenant[],
  { config = '', keys = 'file', vcluster }: FaultRigOptions,
): string {
  const list = tenants.map(
    ({ name, server: { url } }) => `
  - name: ${name}
    hostNamespaces: [vcluster-${name}]
    vcluster: ${vcluster ?? name}
    api: { url: '${url}', caFile: ca.crt }
    keys: ${keys === 'file' ? `{ jwksFile: ${name}.jwks }` : `{ jwksUrl: '${url}/openid/v1/jwks' }`}`,
  )
  return `listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: { certFile: tls.crt, keyFile: tls.key }
kubelet: { url: '${kubeletUrl}', nodeName: rig136-node, caFile: ca.crt, tokenFile: token }
${config}
tenants:${list.join('')}
`
}

/** One request over a connection of its own. */
function ask(
  port: number,
  ca: string,
  path: string,
  token: Secret,
  headers: Record<string, string> = {},
): Promise<FaultReply> {
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        ca,
        agent: false,
        headers: { ...headers, authorization: `Bearer ${token.reveal()}` },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const ms = performance.now() - start
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, ms })
        })
      },
    )
    request.on('error', reject)
    request.end()
  })
}
