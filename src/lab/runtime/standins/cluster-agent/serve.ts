import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { closeServer, createStack, listen, secret, type Secret } from '../../../../core/index.ts'
import { createAuthority } from '../../../../kube/index.ts'
import { metricsText } from './metrics.ts'
import type { Settings } from './settings.ts'
import type { ClusterAgentState, ServicesOfPods } from './state.ts'

export interface Served {
  readonly settings: Settings
  readonly state: () => ClusterAgentState
  readonly services: () => ServicesOfPods
}

/** Files that let its own commands, in the same container, ask it. */
export const TOKEN_FILE = 'cluster-agent.token'
export const CERTIFICATE_FILE = 'cluster-agent.crt'

/**
 * Serves metrics and health over plain HTTP, and the rest over HTTPS to those who show the token. The certificate is made
 * on the spot. Throws E_PORT_IN_USE.
 */
export async function serveClusterAgent(served: Served): Promise<AsyncDisposable> {
  const { settings } = served
  const { address } = settings
  const stack = createStack()
  try {
    const token = settings.token ?? secret(randomBytes(32).toString('hex'))
    const { certPem, keyPem } = await certificateFor(address)
    const https = createHttpsServer(
      { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' },
      commands(served, token),
    )
    https.on('tlsClientError', () => undefined)
    await listen(https, { address, port: settings.commandPort }, 'the Cluster Agent')
    stack.use({ [Symbol.asyncDispose]: () => closeServer(https) })
    for (const port of new Set([settings.metricsPort, settings.healthPort])) {
      if (port === 0) continue
      const http = createHttpServer(plainPages(served))
      await listen(http, { address, port }, 'the Cluster Agent')
      stack.use({ [Symbol.asyncDispose]: () => closeServer(http) })
    }
    stack.use(await leaveKeys(settings.runFolder, token, certPem))
    return stack
  } catch (error) {
    await stack[Symbol.asyncDispose]()
    throw error
  }
}

const certificateFor = async (address: string): Promise<{ certPem: string; keyPem: string }> => {
  const authority = await createAuthority('datadog-cluster-agent')
  return authority.issueServing({
    commonName: 'datadog-cluster-agent',
    dnsNames: ['datadog-cluster-agent', 'localhost'],
    addresses: [...new Set(['127.0.0.1', address])],
  })
}

async function leaveKeys(folder: string, token: Secret, certPem: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = [
    [join(folder, TOKEN_FILE), token.reveal()],
    [join(folder, CERTIFICATE_FILE), certPem],
  ] as const
  for (const [file, text] of files) {
    await rm(file, { force: true })
    await writeFile(file, text, { mode: 0o600 })
    await chmod(file, 0o600)
  }
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(files.map(([file]) => rm(file, { force: true })))
    },
  }
}

/** Metrics, and health for probes: 500 with the names of what is not well. */
function plainPages({ state }: Served): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? ''
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (isRead && path === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      response.end(metricsText(state()))
      return
    }
    const isHealth = isRead && ['/live', '/ready', '/startup'].includes(path)
    // Only what a restart may mend ends the pod.
    const { components } = state()
    const unhealthy = components.filter(({ why }) => why !== undefined && path === '/ready')
    const names = (of: typeof components): string[] => of.map(({ name }) => name)
    const healthy = components.filter((one) => !unhealthy.includes(one))
    response.statusCode = !isHealth ? 404 : unhealthy.length > 0 ? 500 : 200
    response.setHeader('content-type', 'application/json')
    response.end(
      isHealth ? JSON.stringify({ Healthy: names(healthy), Unhealthy: names(unhealthy) }) : '{}',
    )
  }
}

const TAGS_PATH = /^\/api\/v1\/tags\/pod\/([^/]+)\/([^/]+)\/([^/]+)$/

/** Everything here needs the token; who has none learns nothing, not even which paths there are. */
function commands({ state, services }: Served, token: Secret): RequestListener {
  return (request, response) => {
    response.setHeader('content-type', 'application/json')
    const [scheme, given = ''] = (request.headers.authorization ?? '').split(' ')
    if (scheme !== 'Bearer' || !isEqual(given, token.reveal())) {
      response.writeHead(401).end('{"error":"invalid session token"}')
      return
    }
    const path = (request.url ?? '/').split('?')[0] ?? ''
    const [, , namespace, pod] = TAGS_PATH.exec(path) ?? []
    if (request.method !== 'GET') response.writeHead(405).end('{}')
    else if (path === '/status') response.end(JSON.stringify(state()))
    else if (pod !== undefined) {
      const names = services().get(`${namespace}/${pod}`) ?? []
      response.end(JSON.stringify(names.map((name) => `kube_service:${name}`)))
    } else response.writeHead(404).end('{}')
  }
}

function isEqual(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
