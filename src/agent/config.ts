import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
// Not from core/index.ts: that one brings the JSON logger, which the agent (60 MiB in all) does not use.
import { containerPath } from '../core/container-path.ts'
import { SubletError } from '../core/errors.ts'
import { mergeLayers } from './config/layers.ts'
import { textsOf } from './config/values.ts'
import { DOCKER_TIMEOUT_MS, POD_EXPIRATION_MS, POD_LIST_CACHE_MS } from './limits.ts'
import { readVclusters, type KnownVcluster } from './config/vclusters.ts'

export type Env = Readonly<Record<string, string | undefined>>

export type AgentLogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'critical' | 'off'

/** What the agent's environment says. Paths are as the container knows them; `real()` finds them on the machine. */
export interface AgentConfig {
  readonly hostname: string
  readonly logLevel: AgentLogLevel | undefined
  readonly tags: readonly string[]
  readonly clusterName: string | undefined
  /** `KUBERNETES` or `KUBERNETES_SERVICE_PORT` is set. */
  readonly kubernetes: boolean
  /** `DOCKER_DD_AGENT` is set: the agent's image sets it. */
  readonly containerized: boolean
  readonly kubelet: KubeletConfig
  /** How the kubelet's pod list is kept. */
  readonly podList: PodListConfig
  readonly docker: DockerEndpoint | undefined
  /** Of one question to Docker. */
  readonly dockerTimeoutMs: number
  readonly api: ApiConfig | undefined
  readonly filters: FilterConfig
  readonly system: SystemConfig
  /** The vclusters of this host, whose pods are shown under their virtual names; usually none. */
  readonly vclusters: readonly KnownVcluster[]
  /** Where `conf.d/<check>.d/` are. */
  readonly confdPath: string
  /** Where the running agent keeps its socket. */
  readonly runPath: string
  real(path: string): string
}

export interface KubeletConfig {
  readonly host: string
  readonly nodeName: string | undefined
  /** 0 or less: not used. */
  readonly httpsPort: number
  readonly httpPort: number
  readonly tlsVerify: boolean
  readonly caPath: string | undefined
  readonly clientCertPath: string | undefined
  readonly clientKeyPath: string | undefined
  /** The configured file, or the ServiceAccount's own if it is there. */
  readonly tokenPath: string | undefined
  /** The pod list comes from the API server (`kubelet_use_api_server`). */
  readonly useApiServer: boolean
  /** Everything goes through the API server's node proxy (`eks_fargate`). */
  readonly nodeProxy: boolean
}

export interface PodListConfig {
  /** A copy is used this long (`kubelet_cache_pods_duration`). */
  readonly cacheMs: number
  /** Finished pods older than this are dropped and counted (`kubernetes_pod_expiration_duration`); 0: none is. */
  readonly expirationMs: number
}

/** The node's own files, on the machine; undefined: not to be seen from here. */
export interface SystemConfig {
  /** Its control groups (`container_cgroup_root`). */
  readonly cgroupRoot: string | undefined
  /** Its processes (`container_proc_root`). */
  readonly procRoot: string | undefined
}

/** A unix socket (a path on the machine) or `http://host:port`. `configured`: DOCKER_HOST named it. */
export type DockerEndpoint =
  | { readonly kind: 'unix'; readonly path: string; readonly configured: boolean }
  | { readonly kind: 'tcp'; readonly url: string; readonly configured: boolean }

/** The API server of the agent's own cluster, as every pod finds it. */
export interface ApiConfig {
  readonly server: string
  readonly tokenPath: string
  readonly caPath: string
  /** The agent's own pod, by its host name: tells on which node it runs. */
  readonly ownPodName: string | undefined
}

export interface FilterConfig {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly excludePauseContainers: boolean
}

export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'
const SERVICE_ACCOUNT_TOKEN = `${SERVICE_ACCOUNT_DIR}/token`
const SERVICE_ACCOUNT_CA = `${SERVICE_ACCOUNT_DIR}/ca.crt`
const DOCKER_SOCKET = '/var/run/docker.sock'

export const CONFIG_DIR = '/etc/datadog-agent'

/**
 * Reads the DD_* environment with the Agent's own names and defaults (datadog-agent `pkg/config/setup`). Throws E_CONFIG with
 * all wrong values at once. `readConfig` reads the files too.
 */
export function loadConfig(env: Env): AgentConfig {
  const layers = mergeLayers(env, undefined)
  if (layers.faults.length > 0) throw configFaults(layers.faults)
  return configOf(layers.env)
}

/** E_CONFIG with all faults, one a line. */
export const configFaults = (faults: readonly string[]): SubletError =>
  new SubletError(
    'E_CONFIG',
    `the agent's configuration has ${faults.length} fault(s):${faults.map((fault) => `\n  ${fault}`).join('')}`,
    { hint: 'Correct the named keys; docs/agent.md lists all of them.' },
  )

/** The configuration that checked layers say. A value that is wrong all the same is its default. */
export function configOf(env: Env): AgentConfig {
  const text = (name: string): string | undefined => nonEmpty(env[name])
  const real = (path: string): string => containerPath(path, env)
  const ifThere = (path: string): string | undefined => (existsSync(real(path)) ? path : undefined)
  const containerized = text('DOCKER_DD_AGENT') !== undefined
  return {
    hostname: text('DD_HOSTNAME') ?? hostname(),
    logLevel: logLevel(text('DD_LOG_LEVEL')),
    tags: [...words(/[\s,]+/, env['DD_TAGS'], env['DD_EXTRA_TAGS'])],
    clusterName: text('DD_CLUSTER_NAME'),
    kubernetes: (text('KUBERNETES') ?? text('KUBERNETES_SERVICE_PORT')) !== undefined,
    containerized,
    kubelet: {
      host: text('DD_KUBERNETES_KUBELET_HOST') ?? '',
      nodeName: text('DD_KUBERNETES_KUBELET_NODENAME'),
      httpsPort: port(env['DD_KUBERNETES_HTTPS_KUBELET_PORT'], 10250),
      httpPort: port(env['DD_KUBERNETES_HTTP_KUBELET_PORT'], 10255),
      tlsVerify: flag(env['DD_KUBELET_TLS_VERIFY'], true),
      caPath: text('DD_KUBELET_CLIENT_CA') ?? ifThere(SERVICE_ACCOUNT_CA),
      clientCertPath: text('DD_KUBELET_CLIENT_CRT'),
      clientKeyPath: text('DD_KUBELET_CLIENT_KEY'),
      tokenPath: text('DD_KUBELET_AUTH_TOKEN_PATH') ?? ifThere(SERVICE_ACCOUNT_TOKEN),
      useApiServer: flag(env['DD_KUBELET_USE_API_SERVER'], false),
      nodeProxy: flag(env['DD_EKS_FARGATE'], false),
    },
    podList: {
      cacheMs: milliseconds(env['DD_KUBELET_CACHE_PODS_DURATION'], POD_LIST_CACHE_MS),
      expirationMs: milliseconds(env['DD_KUBERNETES_POD_EXPIRATION_DURATION'], POD_EXPIRATION_MS),
    },
    docker: dockerEndpoint(text('DOCKER_HOST'), containerized, real),
    dockerTimeoutMs: milliseconds(env['DD_DOCKER_QUERY_TIMEOUT'], DOCKER_TIMEOUT_MS),
    api: apiConfig(env),
    filters: filterConfig(text),
    system: systemConfig(text, containerized, ifThere, real),
    vclusters: readVclusters(env).vclusters,
    confdPath: text('DD_CONFD_PATH') ?? `${CONFIG_DIR}/conf.d`,
    runPath: text('DD_RUN_PATH') ?? '/opt/datadog-agent/run',
    real,
  }
}

function filterConfig(text: (name: string) => string | undefined): FilterConfig {
  const list = (...values: (string | undefined)[]): string[] => words(/\s+/, ...values)
  const include = list(text('DD_CONTAINER_INCLUDE'), text('DD_CONTAINER_INCLUDE_METRICS'))
  const exclude = list(text('DD_CONTAINER_EXCLUDE'), text('DD_CONTAINER_EXCLUDE_METRICS'))
  return {
    include: include.length > 0 ? include : list(text('DD_AC_INCLUDE')),
    exclude: exclude.length > 0 ? exclude : list(text('DD_AC_EXCLUDE')),
    excludePauseContainers: flag(text('DD_EXCLUDE_PAUSE_CONTAINER'), true),
  }
}

/** A container sees the node's files only where they are mounted; else it would take its own for the node's. */
function systemConfig(
  text: (name: string) => string | undefined,
  containerized: boolean,
  ifThere: (path: string) => string | undefined,
  real: (path: string) => string,
): SystemConfig {
  const root = (name: string, path: string): string | undefined => {
    const found = text(name) ?? ifThere(containerized ? `/host${path}` : path)
    return found === undefined ? undefined : real(found)
  }
  return {
    cgroupRoot: root('DD_CONTAINER_CGROUP_ROOT', '/sys/fs/cgroup'),
    procRoot: root('DD_CONTAINER_PROC_ROOT', '/proc'),
  }
}

function dockerEndpoint(
  dockerHost: string | undefined,
  containerized: boolean,
  real: (path: string) => string,
): DockerEndpoint | undefined {
  if (dockerHost?.startsWith('unix://')) {
    const path = real(dockerHost.slice('unix://'.length))
    return { kind: 'unix', path, configured: true }
  }
  if (dockerHost !== undefined) {
    return { kind: 'tcp', url: dockerHost.replace(/^tcp:/, 'http:'), configured: true }
  }
  const paths = containerized ? [DOCKER_SOCKET, `/host${DOCKER_SOCKET}`] : [DOCKER_SOCKET]
  const path = paths.map(real).find((candidate) => existsSync(candidate))
  return path === undefined ? undefined : { kind: 'unix', path, configured: false }
}

function apiConfig(env: Env): ApiConfig | undefined {
  const host = nonEmpty(env['KUBERNETES_SERVICE_HOST'])
  if (host === undefined) return undefined
  const at = host.includes(':') ? `[${host}]` : host
  const servicePort = env['KUBERNETES_SERVICE_PORT_HTTPS'] ?? env['KUBERNETES_SERVICE_PORT']
  return {
    server: `https://${at}:${port(servicePort, 443)}`,
    tokenPath: SERVICE_ACCOUNT_TOKEN,
    caPath: SERVICE_ACCOUNT_CA,
    ownPodName: nonEmpty(env['DD_POD_NAME']) ?? nonEmpty(env['HOSTNAME']),
  }
}

const nonEmpty = (value: string | undefined): string | undefined =>
  value === undefined || value === '' ? undefined : value

/** As Go's strconv.ParseBool, which the Agent uses: what it does not know is the default. */
function flag(value: string | undefined, fallback: boolean): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value ?? '')) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value ?? '')) return false
  return fallback
}

function port(value: string | undefined, fallback: number): number {
  const number = Number.parseInt(value ?? '', 10)
  return Number.isNaN(number) ? fallback : number
}

/** Whole seconds. */
function milliseconds(value: string | undefined, fallback: number): number {
  return /^\d{1,9}$/.test(value ?? '') ? Number(value) * 1000 : fallback
}

/** Lists in the environment are separated by spaces (`DD_TAGS` also by commas), or JSON. */
const words = (separator: RegExp, ...values: (string | undefined)[]): string[] =>
  values.flatMap((value) => textsOf(value ?? '', separator).value ?? [])

const LEVELS: Readonly<Record<string, AgentLogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'critical',
  off: 'off',
}

const logLevel = (value: string | undefined): AgentLogLevel | undefined =>
  value === undefined ? undefined : LEVELS[value.toLowerCase()]
