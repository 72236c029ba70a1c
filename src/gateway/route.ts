import type { IncomingMessage } from 'node:http'
import { LIMITS } from './limits.ts'
import { logRoute, type WantedLog } from './log-route.ts'
import type { MetricsEndpoint } from './slice-metrics.ts'

/** What a served request asks for. */
export type Route =
  | { readonly endpoint: 'healthz'; readonly verbose: boolean }
  | { readonly endpoint: 'pods' | 'runningpods' | MetricsEndpoint }
  | { readonly endpoint: 'summary'; readonly onlyCpuAndMemory: boolean }
  | { readonly endpoint: 'logs'; readonly log: WantedLog }

export type RouteResult =
  | { readonly ok: true; readonly route: Route; readonly path: string }
  | { readonly ok: false; readonly status: 400 | 404 | 405 | 431; readonly why: string }

type Row = readonly [target: string, path: string, route: Route]

const healthz = (verbose: boolean): Route => ({ endpoint: 'healthz', verbose })
const summary = (onlyCpuAndMemory: boolean): Route => ({ endpoint: 'summary', onlyCpuAndMemory })

/** All that is served. A request target is in this table, byte by byte, or it is nothing: no decoding, no patterns. */
const TABLE: readonly Row[] = [
  ['/healthz', '/healthz', healthz(false)],
  ['/healthz?verbose', '/healthz', healthz(true)],
  ['/healthz?verbose=true', '/healthz', healthz(true)],
  ['/pods', '/pods', { endpoint: 'pods' }],
  ['/pods/', '/pods', { endpoint: 'pods' }],
  ['/stats/summary', '/stats/summary', summary(false)],
  ['/stats/summary/', '/stats/summary', summary(false)],
  ['/stats/summary?only_cpu_and_memory=true', '/stats/summary', summary(true)],
  ['/stats/summary?only_cpu_and_memory=false', '/stats/summary', summary(false)],
  ['/runningpods', '/runningpods', { endpoint: 'runningpods' }],
  ['/runningpods/', '/runningpods', { endpoint: 'runningpods' }],
  ['/metrics/cadvisor', '/metrics/cadvisor', { endpoint: 'cadvisor' }],
  ['/metrics/resource', '/metrics/resource', { endpoint: 'resource' }],
  ['/metrics/probes', '/metrics/probes', { endpoint: 'probes' }],
  ['/metrics', '/metrics', { endpoint: 'metrics' }],
]
const TARGETS: ReadonlyMap<string, Row> = new Map(TABLE.map((row) => [row[0], row]))
/**
 * The same paths as generated Kubernetes clients write them after the node-proxy prefix (`connectGetNodeProxyWithPath`): as
 * one path segment, in this one spelling. Looked up like the others, never decoded.
 */
const SEGMENTS: ReadonlyMap<string, Row> = new Map(
  TABLE.filter(([target]) => target.includes('/', 1) && !/[?]|\/$/.test(target)).map((row) => [
    `/${encodeURIComponent(row[0].slice(1))}`,
    row,
  ]),
)

/** A target that no honest client sends: encoded, relative, absolute-form, with a fragment or a parameter path. */
const SUSPICIOUS = /^(?!\/)|[%\\#;]|\/\/|\.\.|[^\x21-\x7e]/

type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>

/**
 * Decides what a request asks for from its raw head. Nothing of it is ever sent on. With a node's name, the same table is
 * served below the API server's node-proxy path too (`kubectl get --raw`), for this very name.
 */
export function route(request: RequestHead, nodeName?: string, withLogs = false): RouteResult {
  const target = request.url ?? ''
  const longest = withLogs ? LIMITS.logTargetLength : LIMITS.targetLength
  if (target.length > longest) return refuse(400, 'the request target is too long')
  const logs = withLogs ? logRoute(withoutProxyPrefix(target, nodeName)) : undefined
  if (logs?.kind === 'fault') return refuse(400, logs.why)
  const row: Row | undefined =
    logs === undefined
      ? find(target, nodeName)
      : [target, '/containerLogs', { endpoint: 'logs', log: logs.log }]
  if (row === undefined && SUSPICIOUS.test(target)) {
    return refuse(400, 'the request target is not plain')
  }
  const refused = refuseHeaders(request.rawHeaders)
  if (refused !== undefined) return refused
  if (row === undefined) return refuse(404, 'not a served path')
  if (!isServed(request.method, row[2])) return refuse(405, 'only GET and HEAD are served')
  return { ok: true, route: row[2], path: row[1] }
}

function find(target: string, nodeName: string | undefined): Row | undefined {
  const rest = withoutProxyPrefix(target, nodeName)
  return TARGETS.get(rest) ?? (rest === target ? undefined : SEGMENTS.get(rest))
}

function withoutProxyPrefix(target: string, nodeName: string | undefined): string {
  const prefix = `/api/v1/nodes/${nodeName}/proxy`
  if (!nodeName || !target.startsWith(`${prefix}/`)) return target
  return target.slice(prefix.length)
}

function refuse(status: 400 | 404 | 405 | 431, why: string): RouteResult {
  return { ok: false, status, why }
}

function isServed(method: string | undefined, { endpoint }: Route): boolean {
  return method === 'GET' || (method === 'HEAD' && endpoint !== 'logs')
}

function refuseHeaders(rawHeaders: readonly string[]): RouteResult | undefined {
  if (rawHeaders.length > 2 * LIMITS.headerCount) return refuse(431, 'there are too many headers')
  const fault = smuggled(rawHeaders)
  return fault === undefined ? undefined : refuse(400, fault)
}

/** Headers that turn a GET into something else: an upgrade, or a request with a body. */
function smuggled(rawHeaders: readonly string[]): string | undefined {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase()
    const value = rawHeaders[i + 1]?.toLowerCase().trim() ?? ''
    if (name === 'upgrade') return 'upgrades are not served'
    if (name === 'connection' && value.includes('upgrade')) return 'upgrades are not served'
    if (name === 'transfer-encoding') return 'requests have no body here'
    if (name === 'content-length' && value !== '0') return 'requests have no body here'
    if (name === 'expect') return 'requests have no body here'
  }
  return undefined
}
