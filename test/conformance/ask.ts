import type { IncomingHttpHeaders } from 'node:http'
import { request, type Agent } from 'node:https'
import { gunzipSync } from 'node:zlib'
import type { Secret } from '../../src/core/index.ts'

export interface AskOptions {
  readonly ca: string
  readonly token?: string | Secret | undefined
  readonly cert?: string
  readonly key?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Default: a connection for this request alone. */
  readonly agent?: Agent
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As received; `text` is unpacked where the headers say gzip. */
  readonly body: Buffer
  readonly text: string
}

/** One request, by default on a connection of its own, the target sent as it is written; gives the whole answer, whatever it is. */
export function ask(url: string, options: AskOptions): Promise<Reply> {
  const { origin, hostname, port } = new URL(url)
  const { ca, token, cert, key, method = 'GET', headers = {}, body, agent = false } = options
  const bearer = typeof token === 'string' ? token : token?.reveal()
  const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        path: url.slice(origin.length),
        method,
        ca,
        ...(cert === undefined || key === undefined ? {} : { cert, key }),
        agent,
        timeout: 20_000,
        headers: { ...authorization, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const received = Buffer.concat(chunks)
          const isPacked = response.headers['content-encoding'] === 'gzip' && received.length > 0
          const text = (isPacked ? gunzipSync(received) : received).toString()
          const { statusCode: status = 0, headers: answered } = response
          resolve({ status, headers: answered, body: received, text })
        })
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url}`)))
    sent.on('error', reject)
    sent.end(body)
  })
}
