import { join } from 'node:path'
import { secret } from '../../core/secret.ts'
import type { AgentConfig, Env } from '../config.ts'
import type { Reader } from './config.ts'
import type { KeyOrigin } from './datadog/api-key.ts'
import type { Encoding } from './datadog/payload.ts'
import type { DatadogConfig } from './datadog/sink.ts'
import { STORAGE_MAX_BYTES } from './limits.ts'

/** The Agent's own keys, where it has them. undefined without a key, or in the lab without an address. */
export function readDatadogConfig(
  reader: Reader,
  env: Env,
  agent: AgentConfig,
): DatadogConfig | undefined {
  const keyOrigin = readKeyOrigin(reader, agent)
  if (keyOrigin === undefined) return undefined
  const ddUrl = reader.text('DD_DD_URL') ?? reader.text('DD_URL')
  if (ddUrl === undefined && env['SUBLET_CONTAINER_ROOT'] !== undefined) {
    // What a lab does stays on its machine.
    return undefined
  }
  const site = reader.text('DD_SITE') ?? 'datadoghq.com'
  if (!/^[a-z0-9][a-z0-9.-]*$/i.test(site)) reader.fault(`DD_SITE is no host name: ${site}`)
  const metricsUrl = readUrl(reader, 'DD_DD_URL', ddUrl) ?? `https://api.${site}`
  const maxBytes = reader.count('DD_FORWARDER_STORAGE_MAX_SIZE_IN_BYTES', STORAGE_MAX_BYTES)
  const caFile = reader.text('SUBLET_INTAKE_CA_FILE')
  const verify = !reader.flag('DD_SKIP_SSL_VALIDATION')
  if (!verify) {
    reader.note('DD_SKIP_SSL_VALIDATION: the API key goes to whoever answers for the intake')
  }
  return {
    keyOrigin,
    metricsUrl,
    logsUrl:
      readLogsUrl(reader) ??
      (ddUrl === undefined ? `https://http-intake.logs.${site}` : metricsUrl),
    encoding: readEncoding(reader),
    caFile: caFile === undefined ? undefined : agent.real(caFile),
    verify,
    storageFolder: maxBytes === 0 ? undefined : storageFolder(reader, agent, metricsUrl),
    storageMaxBytes: maxBytes,
    hostTags: hostTags(agent),
  }
}

function readKeyOrigin(reader: Reader, agent: AgentConfig): KeyOrigin | undefined {
  const key = reader.text('DD_API_KEY')
  if (key !== undefined) return { kind: 'env', key: secret(key) }
  const file = reader.text('DD_API_KEY_FILE')
  return file === undefined ? undefined : { kind: 'file', path: agent.real(file) }
}

/** Scheme and host of an address, without a slash at the end. */
function readUrl(reader: Reader, name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== ''
  ) {
    reader.fault(`${name} must be an http:// or https:// address without user and query`)
    return undefined
  }
  const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'http:' && !loopback) {
    reader.note(`${name} is not https: whoever is between can read the API key`)
  }
  return (url.origin + url.pathname).replace(/\/+$/, '')
}

/** The Agent's key has no scheme: `host:port`. */
function readLogsUrl(reader: Reader): string | undefined {
  const name = 'DD_LOGS_CONFIG_LOGS_DD_URL'
  const value = reader.text(name)
  if (value === undefined) return undefined
  const scheme = reader.flag('DD_LOGS_CONFIG_LOGS_NO_SSL') ? 'http' : 'https'
  return readUrl(reader, name, value.includes('://') ? value : `${scheme}://${value}`)
}

/** zstd, the Agent's default, is not in Node 20: zlib, its older default, is ours. */
function readEncoding(reader: Reader): Encoding {
  const kind = reader.text('DD_SERIALIZER_COMPRESSOR_KIND') ?? 'zlib'
  if (kind === 'zlib' || kind === 'zstd') return 'deflate'
  if (kind === 'gzip') return 'gzip'
  if (kind === 'none') return 'identity'
  reader.fault(`DD_SERIALIZER_COMPRESSOR_KIND must be zlib, gzip or none, not ${kind}`)
  return 'deflate'
}

/** A folder for each intake: what was meant for one is not sent to another. */
function storageFolder(reader: Reader, agent: AgentConfig, metricsUrl: string): string {
  const folder =
    reader.text('DD_FORWARDER_STORAGE_PATH') ?? join(agent.runPath, 'transactions_to_retry')
  const intake = metricsUrl.replace(/^https?:\/\//, '').replace(/[^a-zA-Z0-9.-]/g, '_')
  return agent.real(join(folder, intake))
}

/** The Agent sends these once, with its host's metadata; here they go with every item. */
function hostTags({ tags, clusterName }: AgentConfig): readonly string[] {
  const cluster =
    clusterName === undefined
      ? []
      : [`cluster_name:${clusterName}`, `kube_cluster_name:${clusterName}`]
  return [...new Set([...tags, ...cluster])]
}
