import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { ContainerInfo, ContainerRuntime } from '../types.ts'
import { BadRequest, Refusal, sendJson } from './answers.ts'
import { inspectContainer } from './container-inspect.ts'
import { listContainers } from './container-list.ts'
import type { StatsSource } from './container-stats.ts'
import type { EventLog } from './event-log.ts'
import { serveEvents } from './event-stream.ts'
import type { Execs } from './execs.ts'
import { needContainer, needRunning } from './find-container.ts'
import { joinStreams, streamType, type Call } from './hijack.ts'
import { imageHistory, imagesAnswer, inspectImage } from './images.ts'
import { API_VERSION, MIN_API_VERSION } from './limits.ts'
import { serveLogs } from './logs.ts'
import { inspectNetwork, networksAnswer } from './networks.ts'
import { refusalOf } from './refusals.ts'
import { infoAnswer, versionAnswer } from './system.ts'
import { topAnswer } from './top.ts'
import { isTrue } from './container-list.ts'

export interface RouteContext {
  readonly runtime: ContainerRuntime
  readonly nodeName: string
  readonly stats: StatsSource
  readonly events: EventLog
  readonly execs: Execs
}

/** A request, its path without the version, and what the path names. */
interface Asked {
  readonly call: Call
  readonly query: URLSearchParams
  /** The second part of the API's version. */
  readonly minor: number
  /** What the route's pattern has in parentheses, decoded. */
  readonly names: readonly string[]
}

type Serve = (context: RouteContext, asked: Asked) => unknown

/** What is answered; a returned object goes out as JSON. Everything else that Docker has is refused. */
const ROUTES: readonly (readonly [method: 'GET' | 'POST', path: RegExp, serve: Serve])[] = [
  ['GET', /^\/_ping$/, (_, { call }) => sendPing(call.response, call.request.method === 'HEAD')],
  ['GET', /^\/version$/, () => versionAnswer()],
  ['GET', /^\/info$/, ({ runtime, nodeName }) => infoAnswer(runtime, nodeName)],
  ['GET', /^\/events$/, ({ events }, { query, call }) => serveEvents(events, query, call.response)],
  ['GET', /^\/images\/json$/, ({ runtime }) => imagesAnswer(runtime.images())],
  [
    'GET',
    /^\/images\/(.+)\/json$/,
    ({ runtime }, { names: [name = ''] }) => inspectImage(runtime.images(), name),
  ],
  [
    'GET',
    /^\/images\/(.+)\/history$/,
    ({ runtime }, { names: [name = ''] }) => imageHistory(runtime.images(), name),
  ],
  ['GET', /^\/networks$/, () => networksAnswer()],
  ['GET', /^\/networks\/([^/]+)$/, (_, { names: [name = ''] }) => inspectNetwork(name)],
  ['GET', /^\/volumes$/, () => ({ Volumes: [], Warnings: null })],
  [
    'GET',
    /^\/containers\/json$/,
    ({ runtime }, { query }) => listContainers(runtime.list(), query),
  ],
  ['GET', /^\/containers\/([^/]+)\/json$/, inspect],
  [
    'GET',
    /^\/containers\/([^/]+)\/stats$/,
    (context, asked) =>
      context.stats.serve(containerOf(context, asked), asked.query, asked.call.response),
  ],
  ['GET', /^\/containers\/([^/]+)\/top$/, top],
  [
    'GET',
    /^\/containers\/([^/]+)\/logs$/,
    (context, asked) =>
      serveLogs(context.runtime, containerOf(context, asked), asked.query, asked.call, asked.minor),
  ],
  ['POST', /^\/containers\/([^/]+)\/wait$/, wait],
  ['POST', /^\/containers\/([^/]+)\/attach$/, attach],
  ['POST', /^\/containers\/([^/]+)\/resize$/, resize],
  [
    'POST',
    /^\/containers\/([^/]+)\/exec$/,
    (context, asked) => context.execs.create(containerOf(context, asked), asked.call),
  ],
  [
    'POST',
    /^\/exec\/([^/]+)\/start$/,
    ({ execs }, { names: [id = ''], call, minor }) => execs.start(id, call, minor),
  ],
  [
    'POST',
    /^\/exec\/([^/]+)\/resize$/,
    ({ execs }, { names: [id = ''], call, query }) => execs.resize(id, query, call),
  ],
  [
    'GET',
    /^\/exec\/([^/]+)\/json$/,
    ({ execs }, { names: [id = ''], call }) => execs.inspect(id, call),
  ],
]

/** One request: version prefix, method, path. Throws a Refusal for what is not served. */
export async function route(context: RouteContext, call: Call): Promise<void> {
  const { request, response } = call
  const url = parseTarget(request.url ?? '/')
  const { path, minor } = withoutVersion(url.pathname)
  const method = request.method ?? ''
  for (const [wanted, pattern, serve] of ROUTES) {
    const isMethod = method === wanted || (method === 'HEAD' && wanted === 'GET')
    const found = isMethod ? pattern.exec(path) : null
    if (!found) continue
    const names = found.slice(1).map(decode)
    const answer: unknown = await serve(context, { call, query: url.searchParams, minor, names })
    if (answer !== undefined) sendJson(response, answer)
    return
  }
  throw (
    refusalOf(method, decode(path), context.runtime.list()) ?? new Refusal(404, 'page not found')
  )
}

const containerOf = ({ runtime }: RouteContext, { names }: Asked): ContainerInfo =>
  needContainer(runtime.list(), names[0] ?? '')

function inspect(context: RouteContext, asked: Asked): object {
  const container = containerOf(context, asked)
  const ExecIDs = context.execs.runningIn(container.id)
  return { ...inspectContainer(container, context.nodeName), ExecIDs }
}

async function top(context: RouteContext, asked: Asked): Promise<object> {
  const container = containerOf(context, asked)
  const answer = await topAnswer(container, asked.query.get('ps_args') ?? '-ef')
  context.events.add('top', container)
  return answer
}

/** `docker wait`: the head at once, the exit code when it has ended. */
async function wait(context: RouteContext, asked: Asked): Promise<void> {
  const { id } = containerOf(context, asked)
  const { response } = asked.call
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const exitCode = await new Promise<number>((resolve) => {
    const now = context.runtime.get(id)
    if (now === undefined || now.phase === 'exited') {
      resolve(now?.exitCode ?? 0)
      return
    }
    const stop = context.runtime.onEvent(({ type, container }) => {
      if (container.id !== id || type === 'start') return
      stop()
      resolve(container.exitCode ?? 0)
    })
    response.once('close', stop)
  })
  response.end(`${JSON.stringify({ StatusCode: exitCode })}\n`)
}

async function attach(context: RouteContext, asked: Asked): Promise<void> {
  const container = containerOf(context, asked)
  const { query, call, minor } = asked
  needRunning(container)
  const framed = container.tty !== true
  const wanted = { stdout: isTrue(query.get('stdout')), stderr: isTrue(query.get('stderr')) }
  context.events.add('attach', container)
  const streams = call.takeOver(streamType(framed, minor))
  const leaving = once(streams.output, 'close').catch(() => undefined)
  await joinStreams(streams, { framed }, (onOutput) => {
    const attached = context.runtime.attach(container.id, {
      stdin: isTrue(query.get('stdin')),
      onOutput(stream, chunk) {
        if (wanted[stream]) onOutput(stream, chunk)
      },
    })
    void leaving.then(() => attached.leave())
    return Promise.resolve(attached)
  }).catch(() => undefined)
}

/** A container's terminal follows whoever is attached to it. */
function resize(context: RouteContext, asked: Asked): void {
  const container = containerOf(context, asked)
  needRunning(container)
  const [rows, columns] = [Number(asked.query.get('h')), Number(asked.query.get('w'))]
  if (!(rows >= 0 && columns >= 0)) throw new BadRequest('h and w are numbers')
  const streams = context.runtime.attach(container.id, { stdin: false, onOutput: () => undefined })
  streams.resize(columns, rows)
  streams.leave()
  asked.call.response.writeHead(200).end()
}

function parseTarget(target: string): URL {
  try {
    return new URL(`http://docker${target}`)
  } catch {
    throw new BadRequest('invalid path')
  }
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
function withoutVersion(path: string): { readonly path: string; readonly minor: number } {
  const [, major, minor, rest] = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(path) ?? []
  if (major === undefined || minor === undefined || rest === undefined) {
    return { path, minor: minorOf(API_VERSION) }
  }
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
  return { path: rest, minor: Number(minor) }
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
