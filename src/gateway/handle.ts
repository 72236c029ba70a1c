import type { IncomingMessage } from 'node:http'
import type { Clock } from '../core/index.ts'
import { forbiddenBody, UNAUTHORIZED_BODY } from '../kubelet/index.ts'
import { JSON_TYPE, METRICS_TYPE, takesGzip, text, type Answer } from './answer.ts'
import type { Authentication, Caller } from './authenticate.ts'
import { authorize } from './authorize.ts'
import type { OpenLog } from './container-logs.ts'
import { presentedBy, type Presented } from './presented.ts'
import { route, type Route, type RouteResult } from './route.ts'
import type { Slice } from './slice.ts'
import type { Snapshots } from './snapshots.ts'
import { UpstreamError } from './upstream.ts'

export interface HandlerOptions {
  readonly authenticate: (presented: Presented) => Promise<Authentication>
  readonly snapshots: Snapshots
  readonly nodeName: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Where containers' logs are served; undefined: their path is as unknown as any other. */
  readonly openLog?: OpenLog | undefined
  /** Whether a tenant may ask now, or has asked too often; always, when left out. */
  readonly admit?: (tenant: string) => { ok: true } | { ok: false; retryAfterSeconds: number }
}

/** What was decided about a request, for the log: never its token. */
export interface Decision {
  readonly answer: Answer
  readonly endpoint: string
  readonly tenant?: string | undefined
  readonly user?: string | undefined
  readonly why?: string | undefined
}

/** One request: route → credential → tenant and user → access → snapshot → slice → answer. Deny first. */
export async function handle(request: IncomingMessage, options: HandlerOptions): Promise<Decision> {
  const routed = route(request, options.nodeName, options.openLog !== undefined)
  if (!routed.ok) return notServed(routed)
  const { endpoint } = routed.route

  const who = await options.authenticate(presentedBy(request))
  if (who.kind === 'refused') return unauthorized(endpoint, who.tenant, who.why)
  if (who.kind === 'unavailable') return cannotTell(endpoint, who.tenant, who.why)

  const { caller } = who
  const seen = { endpoint, tenant: caller.tenant.config.name, user: caller.user.username }
  const admission = options.admit?.(seen.tenant)
  if (admission?.ok === false) return { ...seen, ...tooMany(admission.retryAfterSeconds) }
  const access = await authorize(caller, routed.path, options)
  if (access.kind === 'unavailable')
    return { ...cannotTell(endpoint, seen.tenant, access.why), ...seen }
  if (access.kind === 'denied') {
    const body = forbiddenBody(seen.user, 'get', access.subresources)
    return { ...seen, answer: text(403, body), why: 'not allowed in its own cluster' }
  }
  try {
    if (routed.route.endpoint === 'logs') {
      const opened = await options.openLog?.(caller, routed.route.log, request)
      return {
        ...seen,
        ...(opened ?? notServed({ ok: false, status: 404, why: 'no logs' })),
        endpoint,
      }
    }
    return { ...seen, answer: await serve(routed.route, caller, request, options.snapshots) }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return {
      ...seen,
      answer: text(502, 'the node cannot be read at the moment\n'),
      why: error.message,
    }
  }
}

const HEALTHY = '[+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n'

async function serve(
  wanted: Exclude<Route, { endpoint: 'logs' }>,
  caller: Caller,
  request: IncomingMessage,
  snapshots: Snapshots,
): Promise<Answer> {
  const tenant = caller.tenant.config
  switch (wanted.endpoint) {
    case 'healthz':
      await snapshots.check()
      return text(200, wanted.verbose ? HEALTHY : 'ok')
    case 'pods':
      return plain(await snapshots.pods(tenant), JSON_TYPE)
    case 'summary':
      return plain(await snapshots.summary(tenant, wanted.onlyCpuAndMemory), JSON_TYPE)
    case 'runningpods':
      return plain(await snapshots.runningPods(tenant), JSON_TYPE)
    case 'cadvisor':
    case 'resource':
    case 'probes':
    case 'metrics': {
      // A slice without rows is an empty exposition with 200: the Datadog Agent parses any body (7.74).
      const slice = await snapshots.metrics(wanted.endpoint, tenant)
      return metrics(slice, request.headers['accept-encoding'])
    }
  }
}

async function plain(slice: Slice, type: string): Promise<Answer> {
  return { status: 200, type, body: await slice.bytes(), headers: ageOf(slice) }
}

/** What is served although the kubelet fails says how old it is, in seconds (RFC 9111). */
function ageOf({ staleMs }: Slice): Record<string, string> {
  return staleMs === undefined ? {} : { age: String(Math.ceil(staleMs / 1000)) }
}

/** Metrics are compressed when the client takes it, once per snapshot and tenant. */
async function metrics(
  slice: Slice,
  acceptEncoding: string | string[] | undefined,
): Promise<Answer> {
  const vary = { vary: 'accept-encoding', ...ageOf(slice) }
  if (!takesGzip(acceptEncoding?.toString())) {
    return { status: 200, type: METRICS_TYPE, body: await slice.bytes(), headers: vary }
  }
  const body = await slice.gzipped()
  const headers = { ...vary, 'content-encoding': 'gzip' }
  return { status: 200, type: METRICS_TYPE, body, headers }
}

/** In the kubelet's words; agents' logs and the doctor know them. */
function notServed({ status, why }: Extract<RouteResult, { ok: false }>): Decision {
  const bodies = {
    400: '400 bad request\n',
    404: '404 page not found\n',
    405: '405: Method Not Allowed',
    431: '431 too many headers\n',
  }
  const headers: Record<string, string> = status === 404 ? {} : { connection: 'close' }
  if (status === 405) headers['allow'] = 'GET, HEAD'
  return { endpoint: 'none', answer: text(status, bodies[status], headers), why }
}

function unauthorized(endpoint: string, tenant: string | undefined, why: string): Decision {
  return { endpoint, tenant, answer: text(401, UNAUTHORIZED_BODY), why }
}

function tooMany(seconds: number): Pick<Decision, 'answer' | 'why'> {
  const answer = text(429, '429 too many requests\n', { 'retry-after': String(seconds) })
  return { answer, why: 'above the tenant’s limit' }
}

function cannotTell(endpoint: string, tenant: string, why: string): Decision {
  const answer = text(503, 'access cannot be checked at the moment\n', { 'retry-after': '5' })
  return { endpoint, tenant, answer, why }
}
