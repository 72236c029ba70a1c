import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ContainerInfo, ContainerRuntime } from '../types.ts'
import { BadRequest, sendError, sendJson } from './answers.ts'
import { inspectContainer } from './container-inspect.ts'
import { listContainers } from './container-list.ts'
import type { StatsSource } from './container-stats.ts'
import { serveEvents } from './event-stream.ts'
import { API_VERSION, MIN_API_VERSION } from './limits.ts'
import { imagesAnswer, infoAnswer, versionAnswer } from './system.ts'

export interface RouteContext {
  readonly runtime: ContainerRuntime
  readonly nodeName: string
  readonly stats: StatsSource
}

/** One request: version prefix, method, path. Throws BadRequest for what is asked wrongly. */
export async function route(
  context: RouteContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseTarget(request.url ?? '/')
  const path = withoutVersion(url.pathname)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendError(
      response,
      403,
      `${request.method ?? ''} is not allowed: the lab's kubelet owns its containers' life`,
    )
    return
  }
  const { runtime, nodeName } = context
  switch (path) {
    case '/_ping':
      sendPing(response, request.method === 'HEAD')
      return
    case '/version':
      sendJson(response, versionAnswer())
      return
    case '/info':
      sendJson(response, infoAnswer(runtime, nodeName))
      return
    case '/containers/json':
      sendJson(response, listContainers(runtime.list(), url.searchParams))
      return
    case '/images/json':
      sendJson(response, imagesAnswer(runtime))
      return
    case '/events':
      serveEvents(runtime, url.searchParams, response)
      return
    default:
      await routeContainer(context, path, url.searchParams, response)
  }
}

async function routeContainer(
  { runtime, nodeName, stats }: RouteContext,
  path: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const [, reference, what] = /^\/containers\/([^/]+)\/(json|stats)$/.exec(path) ?? []
  if (reference === undefined) {
    sendError(response, 404, 'page not found')
    return
  }
  const container = findContainer(runtime.list(), decode(reference))
  if (!container) sendError(response, 404, `No such container: ${decode(reference)}`)
  else if (what === 'json') sendJson(response, inspectContainer(container, nodeName))
  else await stats.serve(container, query, response)
}

function parseTarget(target: string): URL {
  try {
    return new URL(`http://docker${target}`)
  } catch {
    throw new BadRequest('invalid path')
  }
}

/** By full id, name, or a beginning of the id that only one container has. */
function findContainer(
  containers: readonly ContainerInfo[],
  reference: string,
): ContainerInfo | undefined {
  const name = reference.replace(/^\//, '')
  const exact = containers.find(({ id, runtimeName }) => id === name || runtimeName === name)
  if (exact || name === '') return exact
  const found = containers.filter(({ id }) => id.startsWith(name))
  if (found.length > 1) throw new BadRequest(`Multiple IDs found with provided prefix: ${name}`)
  return found[0]
}

function sendPing(response: ServerResponse, isHead: boolean): void {
  response.writeHead(200, {
    'builder-version': '1',
    'cache-control': 'no-cache, no-store, must-revalidate',
    'content-type': 'text/plain; charset=utf-8',
    'content-length': isHead ? 0 : 2,
    pragma: 'no-cache',
    swarm: 'inactive',
  })
  response.end('OK')
}

/** `/v1.41/info` and `/info` are the same; a version that is not spoken is refused in Docker's words. */
function withoutVersion(path: string): string {
  const [, major, minor, rest] = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(path) ?? []
  if (major === undefined || minor === undefined || rest === undefined) return path
  const asked = `${major}.${minor}`
  if (Number(major) > 1 || Number(minor) > minorOf(API_VERSION)) {
    throw new BadRequest(
      `client version ${asked} is too new. Maximum supported API version is ${API_VERSION}`,
    )
  }
  if (Number(major) < 1 || Number(minor) < minorOf(MIN_API_VERSION)) {
    throw new BadRequest(
      `client version ${asked} is too old. Minimum supported API version is ${MIN_API_VERSION}, ` +
        'please upgrade your client to a newer version',
    )
  }
  return rest
}

function minorOf(version: string): number {
  return Number(version.split('.')[1])
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new BadRequest('invalid path')
  }
}
