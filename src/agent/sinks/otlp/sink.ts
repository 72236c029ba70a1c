import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { describeError } from '../../../core/errors.ts'
import type { Secret } from '../../../core/secret.ts'
import type { AgentLog } from '../../log.ts'
import { createCounters } from '../counters.ts'
import { OTLP_MAX_POINTS } from '../limits.ts'
import type { Sink } from '../sink.ts'
import { checkAsSeries } from '../tags.ts'
import { createTotals } from '../totals.ts'
import { toResourceMetrics, type Temporality } from './convert.ts'

export interface OtlpConfig {
  /** The whole address, with `/v1/metrics`. */
  readonly url: string
  readonly protocol: 'http/protobuf' | 'http/json'
  readonly headers: ReadonlyMap<string, Secret>
  readonly compression: 'gzip' | 'none'
  readonly temporality: Temporality
  readonly timeoutMs: number
  readonly hostname: string
  readonly clusterName: string | undefined
}

/** OTLP over HTTP with OpenTelemetry's own exporter, which repeats what the receiver was too busy for. */
export function openOtlpSink(
  config: OtlpConfig,
  deps: { readonly log: AgentLog; readonly now: () => number; readonly version: string },
): Sink {
  const { log, now, version } = deps
  const counters = createCounters(now)
  const totals = createTotals(now)
  const exporter = createExporter(config)
  const resource = resourceFromAttributes({
    'service.name': 'sublet-agent',
    'service.version': version,
    'host.name': config.hostname,
    ...(config.clusterName === undefined ? {} : { 'k8s.cluster.name': config.clusterName }),
  })
  const { temporality, hostname: host } = config
  return {
    name: 'otlp',
    async take({ series, serviceChecks }, signal) {
      totals.expire()
      const all = [...series, ...serviceChecks.map(checkAsSeries)]
      for (let start = 0; start < all.length && !signal.aborted; start += OTLP_MAX_POINTS) {
        const part = all.slice(start, start + OTLP_MAX_POINTS)
        const options = { resource, version, temporality, totals, host }
        const error = await exportOnce(exporter, toResourceMetrics(part, options), signal)
        if (error === undefined) counters.sent(part.length)
        else {
          counters.failed(part.length, `${config.url}: ${error}`)
          log.warn('agent/sinks/otlp', `${part.length} points are lost: ${error}`)
        }
      }
    },
    status: () => counters.report({ target: config.url, details: { Protocol: config.protocol } }),
    async [Symbol.asyncDispose]() {
      await exporter.shutdown()
    },
  }
}

function createExporter(config: OtlpConfig): PushMetricExporter {
  const headers: Record<string, string> = {}
  for (const [name, value] of config.headers) headers[name] = value.reveal()
  const Exporter = config.protocol === 'http/json' ? JsonExporter : ProtobufExporter
  return new Exporter({
    url: config.url,
    headers,
    timeoutMillis: config.timeoutMs,
    compression:
      config.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
  })
}

/** undefined when it was accepted. An abort is not waited for: the exporter ends with its own time limit. */
function exportOnce(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const stopped = (): void => resolve('the agent was stopped')
    signal.addEventListener('abort', stopped, { once: true })
    exporter.export(metrics, ({ code, error }) => {
      signal.removeEventListener('abort', stopped)
      const status: number = code
      resolve(status === 0 ? undefined : describeError(error ?? 'refused'))
    })
  })
}
