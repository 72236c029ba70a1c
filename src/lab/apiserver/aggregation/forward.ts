import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { systemCode } from '../../../core/index.ts'
import type { UserInfo } from '../../../kube/index.ts'
import type { RemoteService } from './backend.ts'
import type { FrontProxyCredential } from './front-proxy.ts'

/** Connections to extension API servers, with the front proxy's certificate. */
export interface Forwarder {
  /** GET in the aggregator's own name; throws Error with Go's words. */
  read(to: Target, path: string, signal: AbortSignal): Promise<{ status: number; body: string }>
  /** Passes a request on in its user's name. */
  pass(to: Target, user: UserInfo, request: IncomingMessage, response: ServerResponse): void
  close(): void
}

export interface Target {
  readonly service: RemoteService
  readonly address: string
  readonly port: number
}

const AGGREGATOR: UserInfo = { username: 'system:kube-aggregator', groups: ['system:masters'] }
const TIMEOUT_MS = 5000
const MAX_DOCUMENT = 4 * 1024 * 1024
/** Hop by hop (RFC 9110, 7.6.1), the caller's credential, and what only a front proxy may say. */
const NOT_PASSED =
  /^(authorization|connection|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|impersonate-.*|x-remote-.*)$/

export function createForwarder(credential: FrontProxyCredential): Forwarder {
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 32 })
  const optionsFor = ({ service, address, port }: Target): RequestOptions => ({
    agent,
    host: address,
    port,
    cert: credential.certPem,
    key: credential.keyPem,
    minVersion: 'TLSv1.2',
    servername: `${service.service}.${service.namespace}.svc`,
    // Asked for by the APIService itself.
    rejectUnauthorized: !service.skipTlsVerify,
    ...(service.ca === undefined ? {} : { ca: service.ca }),
  })
  return {
    read: (to, path, signal) =>
      new Promise((resolve, reject) => {
        const headers = { accept: 'application/json', ...userHeaders(AGGREGATOR) }
        const fail = (error: unknown): void => reject(new Error(dialError(to, error)))
        const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
        httpsRequest({ ...optionsFor(to), path, headers, signal: limited }, (answer) => {
          let body = ''
          answer.setEncoding('utf8')
          answer.on('data', (chunk: string) => {
            body += chunk
            if (body.length > MAX_DOCUMENT) answer.destroy(new Error('the document is too long'))
          })
          answer.on('error', fail)
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
        })
          .on('error', fail)
          .end()
      }),
    pass(to, user, request, response) {
      const headers: OutgoingHttpHeaders = { ...passed(request), ...userHeaders(user) }
      const { method, url: path } = request
      const options = { ...optionsFor(to), method, path, headers }
      const asked = httpsRequest(options, (answer) => {
        const returned = Object.entries(answer.headers).filter(([name]) => !NOT_PASSED.test(name))
        response.writeHead(answer.statusCode ?? 502, Object.fromEntries(returned))
        answer.on('error', () => response.destroy())
        answer.pipe(response)
      })
      asked.on('error', (error) => {
        if (response.headersSent) response.destroy()
        else unavailable(response, `error trying to reach service: ${dialError(to, error)}`)
      })
      response.once('close', () => asked.destroy())
      request.pipe(asked)
    },
    close: () => agent.destroy(),
  }
}

/** As Go's `http.Error` says it: plain text, no Status. */
export function unavailable(response: ServerResponse, why: string): void {
  const body = Buffer.from(`${why}\n`)
  response.writeHead(503, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': body.length,
  })
  response.end(body)
}

function userHeaders({ username, uid, groups = [], extra = {} }: UserInfo): OutgoingHttpHeaders {
  const extras = Object.entries(extra).map(
    ([key, values]) => [`x-remote-extra-${encodeURIComponent(key)}`, [...values]] as const,
  )
  return {
    'x-remote-user': username,
    ...(uid === undefined ? {} : { 'x-remote-uid': uid }),
    'x-remote-group': groups,
    ...Object.fromEntries(extras),
  }
}

const passed = ({ headers }: IncomingMessage): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_PASSED.test(name)))

function dialError({ address, port }: Target, error: unknown): string {
  const where = `dial tcp ${address}:${port}`
  const code = systemCode(error)
  if (code === 'ECONNREFUSED') return `${where}: connect: connection refused`
  return error instanceof Error ? error.message : where
}
