import type { IncomingMessage } from 'node:http'
import type { Clock, Logger } from '../../core/index.ts'
import type { ContainerRuntime } from '../runtime/types.ts'
import {
  NOT_ACCEPTABLE,
  NOT_ROUTED,
  gzipped,
  json,
  notAllowed,
  plainError,
  text,
  type Answer,
} from './answer.ts'
import { cadvisorText } from './cadvisor.ts'
import { configz } from './configz.ts'
import { containerLogs } from './container-logs.ts'
import { exposition } from './exposition.ts'
import { kubeletText, processStart } from './kubelet-text.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import type { MachineFacts } from './machine.ts'
import type { OwnProcess } from './own-process.ts'
import { podList, runningPodList } from './pod-lists.ts'
import type { PodWorker } from './pod-worker.ts'
import type { Prober } from './prober.ts'
import type { Readings } from './readings.ts'
import { POD_LOGS_DIR } from './log-files.ts'
import { resourceText } from './resource-metrics.ts'
import type { Endpoint } from './routes.ts'
import type { Serve } from './server.ts'
import { commandAnswer, portForwardAnswer, type StreamingOptions } from './streaming/index.ts'
import { summaryOf } from './summary.ts'

export interface EndpointsOptions {
  readonly nodeName: string
  readonly address: string
  /** Known once the server listens. */
  readonly port: () => number
  readonly rootDir: string
  readonly readings: Readings
  readonly readOwnProcess: () => Promise<OwnProcess>
  readonly workers: () => readonly PodWorker[]
  readonly facts: MachineFacts
  readonly device: string
  readonly runtime: Pick<
    ContainerRuntime,
    'accounting' | 'get' | 'onEvent' | 'idPrefix' | 'stream' | 'attach'
  >
  readonly log: Logger
  readonly metrics: KubeletMetrics
  readonly prober: Prober
  readonly clock: Clock
  /** When this process started, in milliseconds since 1970. */
  readonly startedAt: number
}

/**
 * The checks behind `/healthz`. Kubelets since 1.34 have a fourth, device-plugin: the lab's kubelet has no device manager
 * to ask, so it does not claim one. Agents then send four service checks, as on the nodes where that was observed.
 */
const CHECKS = ['ping', 'log', 'syncloop'] as const

/** Where not every method is served. */
const METHODS: Partial<Record<Endpoint, readonly string[]>> = {
  pods: ['GET'],
  runningpods: ['GET'],
  'container-logs': ['GET'],
  'stats-summary': ['GET', 'POST'],
  run: ['POST'],
}

const JSON_ONLY: ReadonlySet<Endpoint> = new Set(['pods', 'runningpods', 'stats-summary'])

/** What each endpoint answers to an authorized request: method, then Accept, then content. */
export function createEndpoints(options: EndpointsOptions): Serve {
  return async (endpoint, url, request) => {
    const methods = METHODS[endpoint]
    if (methods?.includes(request.method ?? 'GET') === false) return notAllowed(methods.join(', '))
    if (JSON_ONLY.has(endpoint) && !acceptsJson(request.headers.accept)) return NOT_ACCEPTABLE
    return await CONTENT[endpoint]({ url, request, options })
  }
}

interface Call {
  readonly url: URL
  readonly request: IncomingMessage
  readonly options: EndpointsOptions
}

const CONTENT: Readonly<Record<Endpoint, (call: Call) => Answer | Promise<Answer>>> = {
  healthz: ({ url }) => healthz(url),
  'healthz-check': () => text(200, 'ok'),
  pods: ({ options }) => json(podList(options.workers())),
  runningpods: ({ options }) => json(runningPodList(options.workers())),
  'stats-summary': async ({ url, options }) => json(await summary(url, options)),
  metrics: metricsText(ownMetrics),
  'metrics-cadvisor': metricsText(cadvisor),
  'metrics-resource': metricsText(async ({ readings }) => resourceText(await readings.latest())),
  'metrics-probes': metricsText(probes),
  'metrics-slis': metricsText(slis),
  configz: ({ options }) => ownConfiguration(options),
  'container-logs': ({ url, options }) => containerLogs(url, options),
  exec: command('exec'),
  attach: command('attach'),
  'port-forward': ({ url, request, options }) =>
    portForwardAnswer(url, request, streamingOptions(options)),
  run: () => plainError(501, 'not served by the lab yet\n'),
  statusz: () => NOT_ROUTED,
  'not-routed': () => NOT_ROUTED,
}

function command(endpoint: 'exec' | 'attach'): (call: Call) => ReturnType<typeof commandAnswer> {
  return ({ url, request, options }) =>
    commandAnswer(endpoint, url, request, streamingOptions(options))
}

function ownConfiguration({ address, port }: EndpointsOptions): Answer {
  return json(configz({ address, port: port(), podLogsDir: POD_LOGS_DIR }), {
    'X-Content-Type-Options': 'nosniff',
  })
}

function streamingOptions({ workers, runtime, log }: EndpointsOptions): StreamingOptions {
  return {
    runtime,
    log,
    pod(namespace, name) {
      const worker = workers().find((candidate) => {
        const { metadata } = candidate.view()
        return metadata.namespace === namespace && metadata.name === name
      })
      if (!worker) return undefined
      return {
        uid: worker.uid,
        sandbox: worker.sandbox(),
        container: (wanted) => worker.records().find(({ spec }) => spec.name === wanted)?.info,
      }
    },
  }
}

function healthz(url: URL): Answer {
  const list = CHECKS.map((check) => `[+]${check} ok\n`).join('')
  return plainError(200, url.searchParams.has('verbose') ? `${list}healthz check passed\n` : 'ok')
}

async function summary(url: URL, options: EndpointsOptions): Promise<string> {
  const [reading, own] = await Promise.all([options.readings.latest(), options.readOwnProcess()])
  const onlyCpuAndMemory = url.searchParams.get('only_cpu_and_memory') === 'true'
  const { nodeName, facts, startedAt, clock } = options
  const stats = summaryOf({
    nodeName,
    reading,
    facts,
    own,
    startedAt,
    now: clock.now(),
    onlyCpuAndMemory,
  })
  return JSON.stringify(stats, undefined, 1)
}

async function ownMetrics(options: EndpointsOptions): Promise<string> {
  const [reading, own] = await Promise.all([options.readings.latest(), options.readOwnProcess()])
  const { nodeName, metrics, startedAt } = options
  return kubeletText({ nodeName, metrics, workers: options.workers(), own, reading, startedAt })
}

async function cadvisor(options: EndpointsOptions): Promise<string> {
  const { facts, device, runtime, startedAt, clock } = options
  const reading = await options.readings.latest()
  return cadvisorText({
    reading,
    facts,
    device,
    throttles: runtime.accounting !== 'proc',
    startedAt,
    now: clock.now(),
  })
}

function probes({ prober, startedAt }: EndpointsOptions): string {
  return exposition([...prober.registry.collect(), processStart(startedAt)])
}

function slis({ startedAt }: EndpointsOptions): string {
  const samples = CHECKS.toSorted().map((name) => ({ labels: { name, type: 'healthz' }, value: 1 }))
  return exposition([
    {
      name: 'kubernetes_healthcheck',
      type: 'gauge',
      help: '[STABLE] This metric records the result of a single healthcheck.',
      samples,
    },
    processStart(startedAt),
  ])
}

/** An endpoint of metrics in Prometheus' text format, compressed for those who take that. */
function metricsText(
  bodyOf: (options: EndpointsOptions) => string | Promise<string>,
): (call: Call) => Promise<Answer> {
  return async ({ request, options }) => {
    const body = await bodyOf(options)
    const accept = request.headers.accept ?? ''
    // Protobuf is not offered: text is the next thing that everybody takes.
    const utf8 = /^\s*text\/plain\s*;[^,]*escaping=allow-utf-8/.test(accept)
    const answer: Answer = {
      status: 200,
      headers: {
        'Content-Type': `text/plain; version=0.0.4; charset=utf-8; escaping=${utf8 ? 'allow-utf-8' : 'underscores'}`,
        'Process-Start-Time-Unix': String(Math.floor(options.startedAt / 1000)),
      },
      body,
    }
    return await gzipped(answer, request)
  }
}

function acceptsJson(accept: string | undefined): boolean {
  const types = (accept ?? '*/*').split(',').map((part) => part.split(';')[0]?.trim() ?? '')
  return types.some((type) => ['', '*/*', 'application/*', 'application/json'].includes(type))
}

/** When this process began, in milliseconds since 1970. */
export function processStartedAt(clock: Clock): number {
  return clock.now() - Math.round(process.uptime() * 1000)
}
