import { SubletError } from '../core/index.ts'
import type {
  KubeClient,
  KubeClientOptions,
  ListOptions,
  ObjectKey,
  RawAnswer,
  WatchEvent,
} from './client.ts'
import { parseJson, readSome, statusOf } from './answers.ts'
import { DEFAULT_MAX_BYTES, createTransport, type Transport } from './http-transport.ts'
import type { KubeList, KubeObject } from './objects.ts'
import { apiVersionOf, pathOf, type Resource } from './resources.ts'
import { KubeStatusError } from './status.ts'
import { openUpgrade } from './upgrade.ts'
import { parseWatchEvent, splitLines } from './watch-stream.ts'

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
} as const

/** Kinds of the bodies that go to subresources, by subresource. */
const SUBRESOURCE_KINDS: Readonly<Record<string, { apiVersion: string; kind: string }>> = {
  token: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
  eviction: { apiVersion: 'policy/v1', kind: 'Eviction' },
  binding: { apiVersion: 'v1', kind: 'Binding' },
}

/**
 * A client of one API server over HTTPS. Opens connections when they are needed and keeps them; redirects are not
 * followed. Throws E_CONFIG for an address or credential that cannot be used; its methods throw KubeStatusError for
 * every refusal, E_HTTP (which names server and path, never the token) when there was no answer in time, E_TOO_LARGE
 * for bodies above 64 MiB, E_INPUT for a token file that never could be read, and the signal's reason when aborted.
 */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const transport = createTransport(options)

  const send = <T>(request: JsonRequest): Promise<T> => sendJson(transport, options.server, request)

  return {
    server: options.server,
    get: async (of, key, signal) => send({ method: 'GET', path: pathOf(of, key), signal }),
    async list<T extends KubeObject>(of: Resource, list: ListOptions = {}) {
      const path = pathOf(of, { namespace: list.namespace }) + query(selectorsOf(list))
      const found = await send<KubeList<T>>({ method: 'GET', path, signal: list.signal })
      // A nil slice of Go's is written as null.
      return Array.isArray(found.items) ? found : { ...found, items: [] }
    },
    async create(of, object, where = {}) {
      const path = pathOf(of, {
        namespace: where.namespace ?? object.metadata.namespace,
        name: where.subresource === undefined ? undefined : (where.name ?? object.metadata.name),
        subresource: where.subresource,
      })
      const kind =
        where.subresource === undefined ? kindOf(of) : (SUBRESOURCE_KINDS[where.subresource] ?? {})
      return send({ method: 'POST', path, body: { ...kind, ...object }, signal: where.signal })
    },
    async update(of, object, where = {}) {
      const path = pathOf(of, { ...keyOf(object), subresource: where.subresource })
      const body = { ...kindOf(of), ...object }
      return send({ method: 'PUT', path, body, signal: where.signal })
    },
    patch: async (of, key, patch, type, where = {}) =>
      send({
        method: 'PATCH',
        path: pathOf(of, { ...key, subresource: where.subresource }),
        body: patch,
        contentType: PATCH_TYPES[type],
        signal: where.signal,
      }),
    async delete(of, key, how = {}) {
      const body = deleteOptions(how)
      await send({ method: 'DELETE', path: pathOf(of, key), body, signal: how.signal })
    },
    watch: (of, watch) => watchEvents(transport, of, watch),
    raw: (method, path, request = {}) => rawRequest(transport, method, path, request),
    receive: (path, { headers, signal, open }) =>
      transport.receive({ method: 'GET', path, headers, signal }, open),
    stream: (path, request = {}) =>
      transport.stream({
        method: 'GET',
        path,
        headers: { accept: '*/*', ...request.headers },
        signal: request.signal,
      }),
    upgrade: (request) => openUpgrade(options, request),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}

interface JsonRequest {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
  readonly signal?: AbortSignal | undefined
}

/** Sends and expects JSON; throws KubeStatusError for everything but a 2xx. */
async function sendJson<T>(transport: Transport, server: string, request: JsonRequest): Promise<T> {
  const answer = await transport.whole(
    {
      method: request.method,
      path: request.path,
      signal: request.signal,
      ...(request.body === undefined
        ? {}
        : {
            body: JSON.stringify(request.body),
            headers: { 'content-type': request.contentType ?? 'application/json' },
          }),
    },
    DEFAULT_MAX_BYTES,
  )
  const what = `${request.method} ${request.path}`
  if (answer.status < 200 || answer.status > 299) {
    throw new KubeStatusError(statusOf(answer.status, answer.body), what)
  }
  return parseJson(answer.body, `${request.method} ${server}${request.path}`) as T
}

/** Events until the server ends the stream (returns), the signal fires or the client is closed (returns silently). */
async function* watchEvents<T extends KubeObject>(
  transport: Transport,
  of: Resource,
  options: ListOptions & { resourceVersion: string },
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const path =
    pathOf(of, { namespace: options.namespace }) +
    query({
      ...selectorsOf(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
    })
  const request = { method: 'GET', path, signal: options.signal }
  try {
    const answer = await transport.stream(request)
    if (answer.status !== 200) {
      const { body } = answer
      const text = await readSome(body)
      throw new KubeStatusError(statusOf(answer.status, text), `GET ${path}`)
    }
    for await (const line of splitLines(answer.body)) {
      if (options.signal?.aborted) return
      if (line.trim() !== '') yield parseWatchEvent<T>(line)
    }
  } catch (error) {
    if (options.signal?.aborted || transport.closed) return
    throw transport.explain(request, error)
  }
}

async function rawRequest(
  transport: Transport,
  method: string,
  path: string,
  options: NonNullable<Parameters<KubeClient['raw']>[2]>,
): Promise<RawAnswer> {
  const { body } = options
  const asIs = typeof body === 'string' || Buffer.isBuffer(body)
  const json = body !== undefined && !asIs
  return transport.whole(
    {
      method,
      path,
      signal: options.signal,
      body: asIs ? body : json ? JSON.stringify(body) : undefined,
      headers: { ...(json ? { 'content-type': 'application/json' } : {}), ...options.headers },
    },
    options.maxBytes ?? DEFAULT_MAX_BYTES,
  )
}

function kindOf(of: Resource): { apiVersion: string; kind: string } {
  return { apiVersion: apiVersionOf(of), kind: of.kind }
}

function keyOf(object: KubeObject): ObjectKey {
  const { name, namespace } = object.metadata
  if (name === undefined) throw new SubletError('E_INPUT', 'an object without a name')
  return { name, namespace }
}

function selectorsOf(options: ListOptions): Record<string, string | undefined> {
  return { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector }
}

function query(values: Record<string, string | undefined>): string {
  const set = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return set.length === 0 ? '' : `?${new URLSearchParams(set).toString()}`
}

function deleteOptions(how: NonNullable<Parameters<KubeClient['delete']>[2]>): unknown {
  const { gracePeriodSeconds, propagationPolicy, uid } = how
  const set = {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(uid === undefined ? {} : { preconditions: { uid } }),
  }
  if (Object.keys(set).length === 0) return undefined
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...set }
}
