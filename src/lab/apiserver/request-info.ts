import type { IncomingMessage } from 'node:http'
import { refusals } from './refusals.ts'

export type ResourceVerb =
  'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** What a request asks for (apiserver/pkg/endpoints/request.RequestInfo). */
export type RequestInfo = {
  /** As sent, without the query. */
  readonly path: string
  readonly query: URLSearchParams
} & (
  | {
      readonly isResource: true
      readonly verb: ResourceVerb
      readonly group: string
      readonly version: string
      readonly namespace: string | undefined
      readonly resource: string
      readonly name: string
      readonly subresource: string
      /** What follows the subresource: the path of a proxied request. */
      readonly rest: string
    }
  | { readonly isResource: false; readonly verb: string }
)

export type ResourceInfo = Extract<RequestInfo, { isResource: true }>

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

/** Reads method and target. Throws BadRequest for a target that is no path. */
export function readRequestInfo(request: Pick<IncomingMessage, 'method' | 'url'>): RequestInfo {
  const target = request.url ?? '/'
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const query = new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1))
  const method = request.method ?? 'GET'
  const parts = splitPath(path)
  const root = readRoot(parts)
  if (root === undefined) return { path, query, isResource: false, verb: method.toLowerCase() }
  const { isOldWatch, ...plain } = withoutWatch(root)
  const info = readResource(method, plain, query)
  if (!isOldWatch) return { path, query, ...info }
  if (info.verb !== 'get' && info.verb !== 'list' && info.verb !== 'watch') {
    throw refusals.methodNotAllowed()
  }
  if (info.subresource !== '') throw refusals.noSuchResource()
  // One object is what a selector names.
  if (info.verb === 'get') query.set('fieldSelector', `metadata.name=${info.name}`)
  return { path, query, ...info, verb: 'watch' }
}

/** `/api/v1/watch/…`, which is deprecated since 1.11 and still served. */
function withoutWatch({ parts, ...root }: Root): Root & { readonly isOldWatch: boolean } {
  const isOldWatch = parts[0] === 'watch' && parts.length > 1
  return { ...root, parts: isOldWatch ? parts.slice(1) : parts, isOldWatch }
}

function splitPath(path: string): string[] {
  if (!path.startsWith('/')) throw refusals.badRequest('the request target is not a path')
  try {
    return path
      .replace(/^\/+|\/+$/g, '')
      .split('/')
      .map(decodeURIComponent)
  } catch {
    throw refusals.badRequest('the request target is not well-formed')
  }
}

interface Root {
  readonly group: string
  readonly version: string
  readonly parts: readonly string[]
}

/** `/api/v1/…` and `/apis/GROUP/VERSION/…`; the discovery paths themselves are no resources. */
function readRoot(parts: readonly string[]): Root | undefined {
  const [first, second = '', third = ''] = parts
  if (first === 'api' && parts.length > 2)
    return { group: '', version: second, parts: parts.slice(2) }
  if (first === 'apis' && parts.length > 3) {
    return { group: second, version: third, parts: parts.slice(3) }
  }
  return undefined
}

function readResource(
  method: string,
  root: Root,
  query: URLSearchParams,
): Omit<ResourceInfo, 'path' | 'query'> {
  let parts = root.parts
  let namespace: string | undefined
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '')) parts = parts.slice(2)
  }
  const [resource = '', named = '', subresource = '', ...rest] = parts
  const name = named === '' ? nameOfSelector(query.get('fieldSelector')) : named
  const verb = verbOf(method, named !== '', query)
  return {
    isResource: true,
    verb,
    group: root.group,
    version: root.version,
    namespace,
    resource,
    name: verb === 'create' && named === '' ? '' : name,
    subresource,
    rest: rest.join('/'),
  }
}

function verbOf(method: string, named: boolean, query: URLSearchParams): ResourceVerb {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (named) return 'get'
      return isTrue(query.get('watch')) ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    default:
      throw refusals.methodNotAllowed()
  }
}

/** List and watch of `metadata.name=x` count as a request for x, so that resourceNames can permit them. */
function nameOfSelector(selector: string | null): string {
  const found = /(?:^|,)metadata\.name==?([^,!=]+)(?:,|$)/.exec(selector ?? '')
  return found?.[1] ?? ''
}

/** A boolean as query parameters carry it: present and not false. */
export function isTrue(value: string | null): boolean {
  return value !== null && !/^(0|f|false)$/i.test(value)
}
