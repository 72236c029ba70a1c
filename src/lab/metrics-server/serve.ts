import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { closeServer, describeError, listen, type Logger } from '../../core/index.ts'
import {
  KubeStatusError,
  createAuthority,
  failure,
  reviewAccess,
  type AccessAttributes,
  type KubeClient,
  type UserInfo,
} from '../../kube/index.ts'
import { answerMetrics, type Sources } from './answer.ts'
import { userOf, type FrontProxy } from './front-proxy.ts'
import { readPath, type MetricsPath } from './paths.ts'

export interface ServeOptions {
  readonly address: string
  readonly port: number
  readonly client: KubeClient
  readonly frontProxy: FrontProxy
  readonly sources: Sources
  readonly log: Logger
}

/** Serves metrics.k8s.io with a certificate made on the spot. Everything but health needs a user and their right. */
export async function serveMetrics(options: ServeOptions): Promise<AsyncDisposable> {
  const authority = await createAuthority('metrics-server-ca')
  const { certPem, keyPem } = await authority.issueServing({
    commonName: 'metrics-server',
    dnsNames: ['metrics-server', 'metrics-server.kube-system.svc'],
    addresses: ['127.0.0.1'],
  })
  const { caPem } = options.frontProxy
  const server = createServer({
    cert: certPem,
    key: keyPem,
    ...(caPem === '' ? {} : { ca: caPem }),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  })
  server.on('request', (request, response) => void handle(options, request, response))
  server.on('tlsClientError', () => undefined)
  await listen(server, options, 'metrics-server')
  return { [Symbol.asyncDispose]: () => closeServer(server) }
}

async function handle(
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => undefined)
  try {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://metrics-server')
    const health = /^\/(livez|readyz|healthz)$/.exec(pathname)?.[1]
    if (health !== undefined) sendHealth(response, health, options.sources.storage.isReady())
    else {
      const value = await answer(options, request, pathname, searchParams)
      send(response, 200, 'application/json', JSON.stringify(value))
    }
  } catch (error) {
    const { status } =
      error instanceof KubeStatusError
        ? error
        : { status: failure(500, 'InternalError', describeError(error)) }
    send(response, status.code, 'application/json', JSON.stringify(status))
  }
}

async function answer(
  { client, frontProxy, sources }: ServeOptions,
  request: IncomingMessage,
  pathname: string,
  query: URLSearchParams,
): Promise<unknown> {
  const user = await userOf(request, frontProxy, client)
  if (user === undefined) throw refuse(401, 'Unauthorized', 'Unauthorized')
  const path = readPath(pathname)
  await authorize(client, user, path, pathname)
  if (path === undefined) {
    throw refuse(404, 'NotFound', 'the server could not find the requested resource')
  }
  if (request.method !== 'GET') {
    throw refuse(
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    )
  }
  if (path.kind === 'document') return path.value
  return answerMetrics(sources, path, query, request.headers.accept)
}

/** Asks the API server, as every extension API server does. */
async function authorize(
  client: KubeClient,
  user: UserInfo,
  path: MetricsPath | undefined,
  pathname: string,
): Promise<void> {
  const wanted = attributesOf(path, pathname)
  const review = await reviewAccess(client, user, wanted)
  if (review.kind === 'allowed') return
  if (review.kind === 'unavailable') throw new Error(review.why)
  const reason = review.reason === '' ? '' : `: ${review.reason}`
  const who = `User "${user.username}" cannot ${wanted.verb}`
  if (wanted.kind === 'nonResource') {
    throw refuse(403, 'Forbidden', `forbidden: ${who} path "${pathname}"${reason}`)
  }
  const { resource, name, namespace } = wanted
  const what = name === undefined ? resource : `${resource}.metrics.k8s.io "${name}"`
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const text = `${name === undefined ? `${resource}.metrics.k8s.io` : what} is forbidden: ${who} resource "${resource}" in API group "metrics.k8s.io" ${where}${reason}`
  throw refuse(403, 'Forbidden', text)
}

function attributesOf(path: MetricsPath | undefined, pathname: string): AccessAttributes {
  if (path?.kind !== 'metrics') return { kind: 'nonResource', path: pathname, verb: 'get' }
  const { resource, namespace, name } = path
  return {
    kind: 'resource',
    verb: name === undefined ? 'list' : 'get',
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
}

const refuse = (code: number, reason: string, message: string): KubeStatusError =>
  new KubeStatusError(failure(code, reason, message))

/** Ready once there is something to tell: a real one waits for two readings, too. */
function sendHealth(response: ServerResponse, name: string, isReady: boolean): void {
  if (name !== 'readyz' || isReady) {
    send(response, 200, 'text/plain; charset=utf-8', 'ok')
    return
  }
  const text = '[+]ping ok\n[-]metric-storage-ready failed: reason withheld\nreadyz check failed\n'
  send(response, 500, 'text/plain; charset=utf-8', text)
}

function send(response: ServerResponse, code: number, contentType: string, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(code, {
    'Cache-Control': 'no-cache, private',
    'Content-Type': contentType,
    'Content-Length': body.length,
  })
  response.end(body)
}
