import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { gunzipSync, inflateSync } from 'node:zlib'
import { closeServer, listen, readAll } from '../../src/core/index.ts'

export const API_KEY = '0123456789abcdef0123456789abcdef'

export interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** Inflated and parsed. */
  readonly body: unknown
  readonly rawBytes: number
  readonly bytes: number
}

export type IntakeBehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>

/**
 * Stands in for Datadog's intake: takes what the public API documents (paths, key, encodings, sizes, shapes), answers as
 * documented, and fails in every documented way when told to.
 */
export interface Intake extends AsyncDisposable {
  readonly url: string
  /** What was taken (202), in order. */
  readonly received: Received[]
  /** Every request with a body, also those that failed; status 0: it got no answer. */
  readonly requests: { readonly path: string; readonly status: number }[]
  /** In place of the honest answers; undefined: honest again. It may end without an answer. */
  behave: IntakeBehaviour | undefined
  validKey: string
  /** Metric names of all series taken. */
  metrics(): string[]
  /** Resolves when so many requests have come. */
  asked(count: number): Promise<void>
  /** Nobody listens any more. */
  stop(): Promise<void>
  start(): Promise<void>
}

interface Rules {
  readonly encodings: readonly string[]
  readonly maxBytes: number
  readonly maxRawBytes: number
  /** What is wrong with it; undefined: nothing. */
  readonly fault: (body: unknown) => string | undefined
  readonly answer: string
}

const isList = (value: unknown): value is Record<string, unknown>[] => Array.isArray(value)

const PATHS: Readonly<Record<string, Rules>> = {
  '/api/v2/series': {
    encodings: ['deflate', 'gzip', 'zstd1'],
    maxBytes: 512_000,
    maxRawBytes: 5_242_880,
    fault: (body) => {
      const { series } = body as { series?: unknown }
      if (!isList(series)) return 'series is no list'
      const bad = series.find(
        (one) =>
          typeof one['metric'] !== 'string' ||
          ![0, 1, 2, 3].includes(one['type'] as number) ||
          !isList(one['points']) ||
          !one['points'].every((point) => Number.isInteger(point['timestamp'])) ||
          !isList(one['resources']),
      )
      return bad === undefined ? undefined : `bad series ${JSON.stringify(bad)}`
    },
    answer: '{"errors":[]}',
  },
  '/api/v1/check_run': {
    encodings: ['deflate', 'gzip'],
    maxBytes: 2_621_440,
    maxRawBytes: 4_194_304,
    fault: (body) =>
      isList(body) && body.every((one) => [0, 1, 2, 3].includes(one['status'] as number))
        ? undefined
        : 'bad service checks',
    answer: '{"status":"ok"}',
  },
  '/api/v2/logs': {
    encodings: ['deflate', 'gzip'],
    maxBytes: 5_000_000,
    maxRawBytes: 5_000_000,
    fault: (body) =>
      isList(body) && body.length <= 1000 && body.every((one) => typeof one['message'] === 'string')
        ? undefined
        : 'bad logs',
    answer: '{}',
  },
}

const INFLATE: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  deflate: (bytes) => inflateSync(bytes),
  gzip: (bytes) => gunzipSync(bytes),
  identity: (bytes) => bytes,
}

const errors = (text: string): string => JSON.stringify({ errors: [text] })

export async function startIntake(tls?: { certPem: string; keyPem: string }): Promise<Intake> {
  let server = createServer()
  let port = 0
  const waiting: { count: number; done: () => void }[] = []
  const intake: Intake = {
    get url() {
      return `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
    },
    received: [],
    requests: [],
    behave: undefined,
    validKey: API_KEY,
    metrics: () =>
      intake.received.flatMap(({ path, body }) =>
        path === '/api/v2/series'
          ? (body as { series: { metric: string }[] }).series.map(({ metric }) => metric)
          : [],
      ),
    asked: (count) =>
      new Promise((done) => {
        if (intake.requests.length >= count) done()
        else waiting.push({ count, done })
      }),
    stop: () => closeServer(server),
    async start() {
      server = createServer()
      port = await listen(server, { address: '127.0.0.1', port }, 'the intake of a test')
    },
    [Symbol.asyncDispose]: () => closeServer(server),
  }
  const honest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? ''
    const raw = await readAll(request, 64 * 1024 * 1024)
    const answer = (status: number, body: string): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    if (request.headers['dd-api-key'] !== intake.validKey) {
      answer(403, errors('Forbidden'))
      return
    }
    if (path === '/api/v1/validate') {
      answer(200, '{"valid":true}')
      return
    }
    const rules = PATHS[path]
    if (rules === undefined || request.method !== 'POST') {
      answer(404, errors('Not found'))
      return
    }
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'identity' && !rules.encodings.includes(encoding)) {
      answer(400, errors('bad encoding'))
      return
    }
    if (raw.length > rules.maxBytes) {
      answer(413, errors('Payload too large'))
      return
    }
    const bytes = INFLATE[encoding]?.(raw) ?? raw
    if (bytes.length > rules.maxRawBytes) {
      answer(413, errors('Payload too large'))
      return
    }
    const body = JSON.parse(bytes.toString('utf8')) as unknown
    const fault = rules.fault(body)
    if (fault !== undefined) {
      answer(400, errors(fault))
      return
    }
    const { headers } = request
    intake.received.push({ path, headers, body, rawBytes: bytes.length, bytes: raw.length })
    answer(202, rules.answer)
  }
  function createServer(): ReturnType<typeof createHttpServer> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      const path = request.url ?? ''
      response.once('close', () => {
        if (path === '/api/v1/validate') return
        intake.requests.push({ path, status: response.headersSent ? response.statusCode : 0 })
        for (const { count, done } of waiting) if (intake.requests.length >= count) done()
      })
      // Not the question about the key: it would count as a failure of its own.
      const behave = path === '/api/v1/validate' ? honest : (intake.behave ?? honest)
      Promise.resolve(behave(request, response)).catch(() => response.destroy())
    }
    return tls
      ? createHttpsServer({ cert: tls.certPem, key: tls.keyPem }, handle)
      : createHttpServer(handle)
  }
  await intake.start()
  return intake
}

/** The documented ways to fail. */
export const FAILURES = {
  status:
    (status: number, headers: Readonly<Record<string, string>> = {}): IntakeBehaviour =>
    (request, response) => {
      request.resume()
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(errors(`told to answer ${status}`))
    },
  /** Never answers. */
  silent: (request: IncomingMessage): void => void request.resume(),
  /** Says 202, promises more, and cuts the connection. */
  closesHalfWay: (request: IncomingMessage, response: ServerResponse): void => {
    request.resume().once('end', () => {
      response.writeHead(202, { 'content-length': '1000' })
      response.write('{"err', () => response.destroy())
    })
  },
  /** Cuts the connection before it answers. */
  hangsUp: (_request: IncomingMessage, response: ServerResponse): void => void response.destroy(),
} as const
