import type { IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { SubletError, describeError, readAll } from '../core/index.ts'
import { bearerSource } from './bearer-source.ts'
import type { KubeClientOptions } from './client.ts'

/** What a server made of a request to speak another protocol. */
export type UpgradeAnswer =
  | {
      readonly kind: 'upgraded'
      readonly headers: IncomingHttpHeaders
      readonly socket: Duplex
      /** What came after the answer already. */
      readonly head: Buffer
    }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly headers: IncomingHttpHeaders
      readonly body: Buffer
    }

export interface UpgradeRequest {
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly path: string
  /** `connection`, `upgrade` and those of the wanted protocol. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly signal?: AbortSignal
}

const MAX_REFUSAL_BYTES = 64 * 1024
const TIMEOUT_MS = 30_000

/** Asks a server to change the protocol, on a connection of its own. Throws E_HTTP when it gives no answer. */
export async function openUpgrade(
  options: KubeClientOptions,
  { method, path, headers, signal }: UpgradeRequest,
): Promise<UpgradeAnswer> {
  const { credential, server } = options
  const token = await bearerSource(credential)()
  const url = new URL(server)
  const wanted = Object.entries(headers).filter((pair) => pair[1] !== undefined)
  return new Promise((resolve, reject) => {
    const request = httpsRequest({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || 443,
      path: url.pathname.replace(/\/+$/, '') + path,
      method,
      agent: false,
      minVersion: 'TLSv1.2',
      ca: options.ca,
      rejectUnauthorized: options.insecureSkipTlsVerify !== true,
      ...(credential.kind === 'certificate' ? { cert: credential.cert, key: credential.key } : {}),
      headers: {
        ...(Object.fromEntries(wanted) as Record<string, string>),
        ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
      },
      ...(signal ? { signal } : {}),
    })
    const fail = (error: unknown): void => {
      reject(
        new SubletError('E_HTTP', `${method} ${url.origin}${path}: ${describeError(error)}`, {
          cause: error,
        }),
      )
    }
    request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('no answer in time')))
    request.on('error', fail)
    request.on('upgrade', (answer, socket, head) => {
      socket.setTimeout(0)
      resolve({ kind: 'upgraded', headers: answer.headers, socket, head })
    })
    request.on('response', (answer) => {
      readAll(answer, MAX_REFUSAL_BYTES).then((body) => {
        resolve({
          kind: 'refused',
          status: answer.statusCode ?? 502,
          headers: answer.headers,
          body,
        })
      }, fail)
    })
    request.end()
  })
}
