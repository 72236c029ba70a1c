import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { dirname, isAbsolute, resolve } from 'node:path'
import { SubletError, containerPath } from '../core/index.ts'
import { dnsSubdomainFault } from '../kube/index.ts'
import type { NodeView } from '../kubelet/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { readAccess, type AccessConfig } from './access-config.ts'
import { ConfigFaults } from './config-faults.ts'
import { readDiscover, type DiscoverConfig } from './discover-config.ts'
import { LIMITS } from './limits.ts'
import { readNamespaces } from './namespaces-config.ts'
import { readYaml, type YamlValue } from './yaml-reader.ts'

/** Where a server listens; port 0: the system picks one. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

export interface TenantConfig extends Tenant {
  /** The URL may be undefined where access is not `self`: nothing is asked there. */
  readonly api: {
    readonly url: string | undefined
    readonly caFile: string | undefined
    /** PEM instead of a file, of a discovered tenant. */
    readonly ca?: string
  }
  /** Its host namespaces are those with these labels, at every moment; only where `vcluster` is null. */
  readonly namespaceSelector?: string
  readonly keys:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'url'; readonly url: string; readonly tokenFile: string | undefined }
    /** The document itself, of a discovered tenant; empty: there is none yet. */
    | { readonly kind: 'inline'; readonly jwks: string }
  /** How the tenant's callers and what they may read are looked up. */
  readonly access: AccessConfig
  /** Who signs this tenant's client certificates. */
  readonly clientCaFile?: string | undefined
  /** The TLS server name by which clients mean this tenant, in lower case. */
  readonly serverName?: string | undefined
  /** A listener of this tenant's own, beside the one that all share. */
  readonly listen?: Endpoint | undefined
  readonly nodeView: NodeView
  /** Found on the host, not listed in the file. */
  readonly discovered?: true
}

/** The gateway's configuration, checked; file names are absolute. */
export interface GatewayConfig {
  readonly listen: Endpoint
  readonly admin: Endpoint
  readonly tls: {
    readonly certFile: string
    readonly keyFile: string
    readonly clientCaFile: string | undefined
  }
  readonly kubelet: {
    readonly url: string
    readonly nodeName: string
    readonly caFile: string | undefined
    readonly tokenFile: string
    readonly insecureSkipTlsVerify: boolean
  }
  readonly hostApi: { readonly kubeconfig: string | undefined }
  readonly snapshot: { readonly ttlMs: number; readonly maxStaleMs: number }
  /** What one tenant may ask for; the others do not notice one that asks for more. */
  readonly limits: {
    readonly requestsPerSecond: number
    readonly burst: number
    readonly inFlight: number
  }
  /** Containers' logs, through the host API server. */
  readonly logs: {
    readonly enabled: boolean
    readonly maxDurationMs: number
    readonly streams: number
    readonly streamsPerTenant: number
  }
  readonly tenants: readonly TenantConfig[]
  readonly discover?: DiscoverConfig | undefined
}

/** Every default in one place; docs/gateway.md tells the same. */
export const DEFAULTS = {
  listen: '0.0.0.0:11250',
  admin: '127.0.0.1:11251',
  kubeletUrl: 'https://127.0.0.1:10250',
  snapshotTtl: '5s',
  snapshotMaxStale: '0s',
  requestsPerSecond: 100,
  burst: 200,
  inFlight: 32,
  logsMaxDuration: '10m',
  logStreams: 64,
  logStreamsPerTenant: 8,
  access: 'self',
  audience: 'https://kubernetes.default.svc.cluster.local',
  nodeView: 'own-sum',
} as const

/** Reads and checks a configuration file. Throws E_CONFIG, which lists all faults with their lines. */
export function loadGatewayConfig(path: string): GatewayConfig {
  const file = isAbsolute(path) ? containerPath(path) : resolve(path)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SubletError('E_CONFIG', `the configuration ${file} cannot be read`, { cause })
  }
  return parseGatewayConfig(text, file)
}

/** As `loadGatewayConfig`, from text; relative file names are relative to `file`. */
export function parseGatewayConfig(text: string, file: string): GatewayConfig {
  if (text.length > LIMITS.configBytes) {
    throw new SubletError('E_CONFIG', `${file} is larger than ${LIMITS.configBytes} bytes`)
  }
  const { root, faults } = readYaml(text)
  const place = (name: string): string =>
    isAbsolute(name) ? containerPath(name) : resolve(dirname(file), name)
  const config = faults.length > 0 ? undefined : readConfig(root, place)
  if (config === undefined || faults.length > 0) {
    throw new ConfigFaults(file, faults)
  }
  return config
}

type Place = (name: string) => string

function readConfig(root: YamlValue, place: Place): GatewayConfig {
  const optionalFile = (value: YamlValue): string | undefined => {
    const name = value.text()
    return name === undefined ? undefined : place(name)
  }
  const file = (value: YamlValue): string => place(required(value))
  const [tls, kubelet, hostApi, snapshot] = ['tls', 'kubelet', 'hostApi', 'snapshot'].map((key) =>
    root.key(key),
  ) as [YamlValue, YamlValue, YamlValue, YamlValue]
  const [limits, logs] = [root.key('limits'), root.key('logs')] as const
  const config: GatewayConfig = {
    listen: endpoint(root.key('listen'), DEFAULTS.listen),
    admin: endpoint(root.key('admin'), DEFAULTS.admin),
    tls: {
      certFile: file(tls.key('certFile')),
      keyFile: file(tls.key('keyFile')),
      clientCaFile: optionalFile(tls.key('clientCaFile')),
    },
    kubelet: {
      url: httpsUrl(fromEnvironment(kubelet.key('url')), DEFAULTS.kubeletUrl),
      nodeName: required(fromEnvironment(kubelet.key('nodeName'))),
      caFile: optionalFile(kubelet.key('caFile')),
      tokenFile: file(kubelet.key('tokenFile')),
      insecureSkipTlsVerify: kubelet.key('insecureSkipTlsVerify').flag() ?? false,
    },
    hostApi: { kubeconfig: optionalFile(hostApi.key('kubeconfig')) },
    snapshot: {
      ttlMs: duration(snapshot.key('ttl'), DEFAULTS.snapshotTtl),
      maxStaleMs: duration(snapshot.key('maxStale'), DEFAULTS.snapshotMaxStale),
    },
    limits: {
      requestsPerSecond: limits.key('requestsPerSecond').number(1) ?? DEFAULTS.requestsPerSecond,
      burst: limits.key('burst').number(1) ?? DEFAULTS.burst,
      inFlight: limits.key('inFlight').number(1) ?? DEFAULTS.inFlight,
    },
    logs: {
      enabled: logs.key('enabled').flag() ?? false,
      maxDurationMs: duration(logs.key('maxDuration'), DEFAULTS.logsMaxDuration),
      streams: logs.key('streams').number(1) ?? DEFAULTS.logStreams,
      streamsPerTenant: logs.key('streamsPerTenant').number(1) ?? DEFAULTS.logStreamsPerTenant,
    },
    tenants: readTenants(root.key('tenants'), optionalFile, file),
    discover: readDiscover(root.key('discover'), file),
  }
  checkDoors(config, root.key('tenants').items())
  if (config.tenants.length === 0 && config.discover === undefined) {
    root.key('tenants').fault('at least one tenant is needed, or discover')
  }
  for (const section of [root, tls, kubelet, hostApi, snapshot, limits, logs]) section.noOtherKeys()
  return config
}

/** A door leads to one tenant; a certificate that opens the shared one names nobody. */
function checkDoors(config: GatewayConfig, items: readonly YamlValue[]): void {
  const written = ({ address, port }: Endpoint): string => `${address}:${port}`
  const taken = new Set([written(config.listen), written(config.admin)])
  const names = new Set<string>()
  for (const [i, { listen, serverName, clientCaFile }] of config.tenants.entries()) {
    const item = items[i]
    if (listen !== undefined && listen.port !== 0 && taken.has(written(listen))) {
      item?.key('listen').fault(`${written(listen)} is somebody else’s already`)
    }
    if (serverName !== undefined && names.has(serverName)) {
      item?.key('serverName').fault(`"${serverName}" is another tenant’s already`)
    }
    if (clientCaFile !== undefined && config.tls.clientCaFile !== undefined) {
      item?.key('clientCaFile').fault('goes not together with tls.clientCaFile')
    }
    if (listen !== undefined) taken.add(written(listen))
    if (serverName !== undefined) names.add(serverName)
  }
}

function readTenants(
  list: YamlValue,
  optionalFile: (value: YamlValue) => string | undefined,
  file: (value: YamlValue) => string,
): TenantConfig[] {
  const items = list.items()
  const names = new Set<string>()
  const namespaces = new Map<string, string>()
  return items.map((item) => {
    const tenant = readTenant(item, optionalFile, file)
    if (names.has(tenant.name)) item.fault(`there are two tenants "${tenant.name}"`)
    names.add(tenant.name)
    for (const namespace of tenant.hostNamespaces) {
      const other = namespaces.get(namespace)
      if (other !== undefined) {
        item.fault(`host namespace "${namespace}" belongs to tenant "${other}" already`)
      }
      namespaces.set(namespace, tenant.name)
    }
    return tenant
  })
}

function readTenant(
  item: YamlValue,
  optionalFile: (value: YamlValue) => string | undefined,
  file: (value: YamlValue) => string,
): TenantConfig {
  const name = required(item.key('name'))
  const api = item.key('api')
  const keys = item.key('keys')
  const access = readAccess(item, file, DEFAULTS.audience)
  if (access !== 'self' && access.kind === 'offline' && !keys.key('jwksUrl').isNull) {
    keys.key('jwksUrl').fault('access: offline asks nobody: give a jwksFile')
  }
  const tenant: TenantConfig = {
    name,
    ...readNamespaces(item, name),
    api: {
      url: access !== 'self' && api.key('url').isNull ? undefined : httpsUrl(api.key('url')),
      caFile: optionalFile(api.key('caFile')),
    },
    keys: readKeys(keys, optionalFile, file),
    access,
    ...readDoor(item, optionalFile),
    nodeView: oneOf(item.key('nodeView'), ['own-sum', 'capacity', 'none'], DEFAULTS.nodeView),
  }
  for (const section of [item, api, keys]) section.noOtherKeys()
  return tenant
}

/** By what else than its tokens' keys a tenant is known: authorities, a server name, a listener. */
function readDoor(
  item: YamlValue,
  optionalFile: (value: YamlValue) => string | undefined,
): Pick<TenantConfig, 'clientCaFile' | 'serverName' | 'listen'> {
  const [serverName, listen] = [item.key('serverName'), item.key('listen')] as const
  const name = serverName.text()?.toLowerCase()
  if (name !== undefined && dnsSubdomainFault(name) !== undefined) {
    serverName.fault('must be a DNS name')
  }
  return {
    clientCaFile: optionalFile(item.key('clientCaFile')),
    serverName: name,
    listen: listen.isNull ? undefined : endpoint(listen, ''),
  }
}

function readKeys(
  keys: YamlValue,
  optionalFile: (value: YamlValue) => string | undefined,
  file: (value: YamlValue) => string,
): TenantConfig['keys'] {
  const jwksFile = keys.key('jwksFile')
  const jwksUrl = keys.key('jwksUrl')
  const tokenFile = keys.key('tokenFile')
  if (jwksFile.isNull === jwksUrl.isNull) {
    keys.fault('give one of jwksFile and jwksUrl: they tell this tenant’s tokens from others')
  }
  if (jwksUrl.isNull) return { kind: 'file', path: jwksFile.isNull ? '' : file(jwksFile) }
  return { kind: 'url', url: httpsUrl(jwksUrl), tokenFile: optionalFile(tokenFile) }
}

function required(value: YamlValue): string {
  if (value.isNull) value.fault('is missing')
  return value.text() ?? ''
}

/**
 * The same value with `${NAME}` filled in from the environment: all nodes share one file, and each has its own name and
 * address. An IPv6 address gets the brackets that a URL wants.
 */
function fromEnvironment(value: YamlValue): YamlValue {
  const fill = (text: string): string =>
    text.replaceAll(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_, name: string) => {
      const found = process.env[name] ?? ''
      if (found === '') value.fault(`the environment has no ${name}`)
      return isIPv6(found) ? `[${found}]` : found
    })
  return {
    ...value,
    text() {
      const text = value.text()
      return text === undefined ? undefined : fill(text)
    },
  }
}

function oneOf<T extends string>(value: YamlValue, choices: readonly T[], other: T): T {
  const text = value.text() ?? other
  const found = choices.find((choice) => choice === text)
  if (found === undefined) value.fault(`must be one of: ${choices.join(', ')}`)
  return found ?? other
}

function httpsUrl(value: YamlValue, other?: string): string {
  const text = value.isNull && other !== undefined ? other : required(value)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (text !== '' && (url?.protocol !== 'https:' || url.username !== '' || url.search !== '')) {
    value.fault('must be an https:// URL')
  }
  return text
}

function endpoint(value: YamlValue, other: string): Endpoint {
  const text = value.text() ?? other
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65535) {
    value.fault('must be ADDRESS:PORT')
    return { address: '127.0.0.1', port: 0 }
  }
  return { address: match[1] ?? match[2] ?? '', port }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

/** `500ms`, `5s`, `1m`; in milliseconds. */
function duration(value: YamlValue, other: string): number {
  const text = value.text() ?? other
  const [, number, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? []
  if (number === undefined) value.fault('must be a duration such as 500ms, 5s or 1m')
  return Number(number ?? 0) * (UNITS[unit] ?? 1)
}
