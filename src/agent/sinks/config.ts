import { SubletError } from '../../core/errors.ts'
import { secret, type Secret } from '../../core/secret.ts'
import type { AgentConfig, Env } from '../config.ts'
import type { DatadogConfig } from './datadog/sink.ts'
import type { DogStatsdConfig } from './dogstatsd/sink.ts'
import { readDatadogConfig } from './config-datadog.ts'
import { OTLP_TIMEOUT_MS, PROMETHEUS_MAX_SERIES } from './limits.ts'
import type { OtlpConfig } from './otlp/sink.ts'
import type { PrometheusConfig } from './prometheus/sink.ts'

/** Which sinks there are; undefined: not wanted or not configured. */
export interface SinksConfig {
  readonly datadog: DatadogConfig | undefined
  readonly prometheus: PrometheusConfig | undefined
  readonly otlp: OtlpConfig | undefined
  readonly dogstatsd: DogStatsdConfig | undefined
  readonly stdout: true | undefined
  /** What people should know about this configuration, as sentences. */
  readonly notes: readonly string[]
}

export type SinkName = Exclude<keyof SinksConfig, 'notes'>

/** Reads keys of the environment, and collects what is wrong with them. */
export interface Reader {
  /** undefined when not set or empty. */
  text(name: string): string | undefined
  flag(name: string): boolean
  /** A whole number of at least 0; a fault gives the default. */
  count(name: string, otherwise: number): number
  fault(text: string): void
  note(text: string): void
}

/** From this on each sink is what makes it configured. */
const NEEDS: Readonly<Record<SinkName, string>> = {
  datadog: 'DD_API_KEY or DD_API_KEY_FILE',
  prometheus: 'SUBLET_PROMETHEUS_LISTEN',
  otlp: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  dogstatsd: 'DD_DOGSTATSD_URL',
  stdout: '',
}

const isSinkName = (name: string): name is SinkName => Object.hasOwn(NEEDS, name)

/**
 * Every sink whose key is set, or those of `SUBLET_SINKS` only (`none`: no sink; `stdout` is opened only when it is named
 * there). Throws E_CONFIG with all faults at once; no message holds a key's secret value.
 */
export function loadSinksConfig(env: Env, agent: AgentConfig): SinksConfig {
  const faults: string[] = []
  const notes: string[] = []
  const reader = createReader(env, faults, notes)
  const wanted = readWanted(reader)
  const want = <T>(name: SinkName, read: () => T | undefined): T | undefined => {
    if (wanted && !wanted.has(name)) return undefined
    const found = read()
    if (wanted && found === undefined && faults.length === 0) {
      reader.fault(`SUBLET_SINKS names ${name}, which needs ${NEEDS[name]}`)
    }
    return found
  }
  const config: SinksConfig = {
    datadog: want('datadog', () => readDatadogConfig(reader, env, agent)),
    prometheus: want('prometheus', () => readPrometheus(reader)),
    otlp: want('otlp', () => readOtlp(reader, agent)),
    dogstatsd: want('dogstatsd', () => readDogStatsd(reader, agent)),
    stdout: wanted?.has('stdout') ? true : undefined,
    notes,
  }
  if (faults.length === 0) return config
  throw new SubletError('E_CONFIG', `the agent's sinks: ${faults.join('; ')}`, {
    hint: 'Correct the named keys; docs/agent.md lists all of them.',
  })
}

function readWanted(reader: Reader): ReadonlySet<SinkName> | undefined {
  const list = reader.text('SUBLET_SINKS')
  if (list === undefined) return undefined
  const names = list.split(/[\s,]+/).filter((name) => name !== '' && name !== 'none')
  const unknown = names.filter((name) => !isSinkName(name))
  if (unknown.length > 0) {
    reader.fault(
      `SUBLET_SINKS: there is no sink ${unknown.join(', ')}; there are ${Object.keys(NEEDS).join(', ')}, none`,
    )
  }
  return new Set(names.filter(isSinkName))
}

function createReader(env: Env, faults: string[], notes: string[]): Reader {
  const text = (name: string): string | undefined => {
    const value = env[name]?.trim()
    return value === '' ? undefined : value
  }
  return {
    text,
    flag: (name) => ['true', '1', 'yes'].includes(text(name)?.toLowerCase() ?? ''),
    count(name, otherwise) {
      const value = text(name)
      if (value === undefined) return otherwise
      if (/^\d{1,15}$/.test(value)) return Number(value)
      faults.push(`${name} must be a whole number, not ${JSON.stringify(value)}`)
      return otherwise
    },
    fault: (fault) => void faults.push(fault),
    note: (note) => void notes.push(note),
  }
}

/** A port alone is on the loopback: what is on the page is for nobody else until somebody says so. */
function readPrometheus(reader: Reader): PrometheusConfig | undefined {
  const listen = reader.text('SUBLET_PROMETHEUS_LISTEN')
  if (listen === undefined) return undefined
  const [, address, port] = /^(?:\[?([^[\]]*?)\]?:)?(\d{1,5})$/.exec(listen) ?? []
  if (port === undefined || Number(port) > 65_535) {
    reader.fault(`SUBLET_PROMETHEUS_LISTEN must be PORT or ADDRESS:PORT, not ${listen}`)
    return undefined
  }
  const maxSeries = reader.count('SUBLET_PROMETHEUS_MAX_SERIES', PROMETHEUS_MAX_SERIES)
  return {
    address: address === undefined || address === '' ? '127.0.0.1' : address,
    port: Number(port),
    maxSeries,
  }
}

/** OpenTelemetry's own variables; those for metrics win over those for all signals. */
function readOtlp(reader: Reader, agent: AgentConfig): OtlpConfig | undefined {
  const of = (name: string): string | undefined =>
    reader.text(`OTEL_EXPORTER_OTLP_METRICS_${name}`) ?? reader.text(`OTEL_EXPORTER_OTLP_${name}`)
  const own = reader.text('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT')
  const base = reader.text('OTEL_EXPORTER_OTLP_ENDPOINT')
  const url = own ?? (base === undefined ? undefined : `${base.replace(/\/+$/, '')}/v1/metrics`)
  if (url === undefined) return undefined
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    reader.fault(`OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// or https:// address, not ${url}`)
  }
  const protocol = of('PROTOCOL') ?? 'http/protobuf'
  const preference = of('TEMPORALITY_PREFERENCE')?.toLowerCase() ?? 'cumulative'
  checkOtlpWords(reader, protocol, preference)
  return {
    url,
    protocol: protocol === 'http/json' ? protocol : 'http/protobuf',
    headers: readHeaders(of('HEADERS') ?? ''),
    compression: of('COMPRESSION') === 'none' ? 'none' : 'gzip',
    temporality: preference === 'cumulative' ? 'cumulative' : 'delta',
    timeoutMs: Math.max(1, reader.count('OTEL_EXPORTER_OTLP_TIMEOUT', OTLP_TIMEOUT_MS)),
    hostname: agent.hostname,
    clusterName: agent.clusterName,
  }
}

function checkOtlpWords(reader: Reader, protocol: string, preference: string): void {
  if (!['http/protobuf', 'http/json'].includes(protocol)) {
    reader.fault(
      `OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or http/json (port 4318), not ${protocol}`,
    )
  }
  if (!['cumulative', 'delta', 'lowmemory'].includes(preference)) {
    reader.fault(
      `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE must be cumulative or delta, not ${preference}`,
    )
  }
}

/** `name=value,name=value`, percent-encoded. Any of them may be a credential. */
function readHeaders(text: string): ReadonlyMap<string, Secret> {
  const headers = new Map<string, Secret>()
  for (const pair of text.split(',')) {
    const [name = '', ...value] = pair.split('=')
    if (name.trim() === '') continue
    headers.set(name.trim(), secret(decode(value.join('=').trim())))
  }
  return headers
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The variable that DogStatsD's own clients read. */
function readDogStatsd(reader: Reader, agent: AgentConfig): DogStatsdConfig | undefined {
  const url = reader.text('DD_DOGSTATSD_URL')
  if (url === undefined) return undefined
  const [, path] = /^unix(?:stream)?:\/\/(\/.+)$/.exec(url) ?? []
  if (path !== undefined) {
    return { target: { kind: 'unix', path: agent.real(path) }, maxBytes: undefined }
  }
  const [, host, port] = /^udp:\/\/\[?([^[\]/]+?)\]?(?::(\d{1,5}))?$/.exec(url) ?? []
  if (host !== undefined) {
    return { target: { kind: 'udp', host, port: Number(port ?? 8125) }, maxBytes: undefined }
  }
  reader.fault(`DD_DOGSTATSD_URL must be udp://HOST:PORT or unixstream:///PATH, not ${url}`)
  return undefined
}
