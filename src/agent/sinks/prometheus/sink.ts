import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { closeServer, listen } from '../../../core/listen.ts'
import { createCounters } from '../counters.ts'
import { PROMETHEUS_MAX_CONNECTIONS, PROMETHEUS_REQUEST_MS } from '../limits.ts'
import type { Sink, SinkStatus } from '../sink.ts'
import { createRegistry } from './registry.ts'
import { CONTENT_TYPES, negotiate, renderOwn, renderSeries, type Format } from './render.ts'

export interface PrometheusConfig {
  readonly address: string
  readonly port: number
  readonly maxSeries: number
}

export interface PrometheusDeps {
  readonly now: () => number
  /** Of all sinks: the agent's own numbers on the page. */
  readonly statuses: () => readonly SinkStatus[]
}

/** `/metrics` of the agent. Throws E_PORT_IN_USE or E_NO_PERMISSION when it cannot listen. */
export async function openPrometheusSink(
  config: PrometheusConfig,
  deps: PrometheusDeps,
): Promise<Sink> {
  const counters = createCounters(deps.now)
  const registry = createRegistry({ now: deps.now, maxSeries: config.maxSeries })
  let scrapes = 0
  /** One rendering for all who ask between two batches. */
  const rendered = new Map<Format, { version: number; text: string }>()
  const page = (format: Format): string => {
    let last = rendered.get(format)
    if (last?.version !== registry.version) {
      last = { version: registry.version, text: renderSeries(registry, format) }
      rendered.set(format, last)
    }
    return last.text + renderOwn(deps.statuses(), format)
  }
  const server = createServer((request, response) => {
    if (request.url === '/metrics' && request.method === 'GET') scrapes += 1
    answer(request, response, page).catch(() => response.destroy())
  })
  server.maxConnections = PROMETHEUS_MAX_CONNECTIONS
  server.headersTimeout = PROMETHEUS_REQUEST_MS
  server.requestTimeout = PROMETHEUS_REQUEST_MS
  const port = await listen(server, config, 'the Prometheus page of the agent')
  const host = config.address.includes(':') ? `[${config.address}]` : config.address
  return {
    name: 'prometheus',
    take(batch) {
      const { kept, left, why } = registry.take(batch)
      counters.sent(kept)
      counters.dropped(left, why)
      return Promise.resolve()
    },
    status: () =>
      counters.report({
        target: `http://${host}:${port}/metrics`,
        details: { Series: String(registry.size), Scrapes: String(scrapes) },
      }),
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}

const compress = promisify<Buffer, Buffer>(gzip)

/** `/metrics` and nothing else, GET and HEAD and nothing else. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  page: (format: Format) => string,
): Promise<void> {
  request.resume()
  const path = (request.url ?? '').split('?')[0]
  if (path !== '/metrics') return void response.writeHead(404).end('404 page not found\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return void response.writeHead(405, { allow: 'GET, HEAD' }).end()
  }
  const format = negotiate(request.headers.accept)
  const text = Buffer.from(page(format))
  const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const body = zipped ? await compress(text) : text
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[format],
    'content-length': body.length,
    vary: 'Accept, Accept-Encoding',
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
