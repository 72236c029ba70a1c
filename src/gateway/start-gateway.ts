import type { Server } from 'node:net'
import { describeError, listen, systemClock, type Clock, type Logger } from '../core/index.ts'
import { createAdminServer } from './admin.ts'
import { createAuthenticator } from './authenticate.ts'
import type { GatewayConfig } from './config.ts'
import { createCounters, type Counters } from './counters.ts'
import { createGatewayTenant, readPem, type GatewayTenant } from './gateway-tenant.ts'
import { createSnapshots, type Snapshots } from './snapshots.ts'
import { createTenantServer } from './tenant-server.ts'
import { createUpstream, type Upstream } from './upstream.ts'

/** A running gateway. Disposing it ends all connections; doing so twice is harmless. */
export interface Gateway extends AsyncDisposable {
  /** `https://address:port` of the tenants' side. */
  readonly url: string
  readonly port: number
  /** `http://address:port` of the operators' side. */
  readonly adminUrl: string
}

/**
 * Starts to serve. Throws E_CONFIG for files that cannot be read, E_PORT_IN_USE and E_NO_PERMISSION. The kubelet and the
 * tenants' API servers need not be there yet: until they are, `/readyz` says what is missing.
 */
export async function startGateway(
  config: GatewayConfig,
  options: { log: Logger; signal?: AbortSignal; clock?: Clock },
): Promise<Gateway> {
  const { log, clock = systemClock } = options
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal
  const counters = createCounters()
  const tenants = config.tenants.map((tenant, slice) =>
    createGatewayTenant(tenant, slice, { clock, log }),
  )
  const upstream = createUpstream(config, log)
  const snapshots = createSnapshots({
    upstream,
    tenants: () => config.tenants,
    ttlMs: config.snapshot.ttlMs,
    maxStaleMs: config.snapshot.maxStaleMs,
    clock,
    signal,
    observe: observer(counters, log),
  })
  const server = createTenantServer({
    tls: readTls(config),
    authenticate: createAuthenticator({ tenants, clock, log, signal }),
    snapshots,
    nodeName: config.kubelet.nodeName,
    signal,
    counters,
    clock,
    log,
  })
  const admin = createAdminServer({ counters, notReady: () => missing(tenants, snapshots) })
  const close = once(async () => {
    stop.abort(new Error('the gateway is closing'))
    await Promise.all([closeServer(server), closeServer(admin), closeClients(tenants, upstream)])
  })
  try {
    const port = await listen(server, config.listen, 'the gateway')
    const adminPort = await listen(admin, config.admin, 'the gateway’s admin side')
    return {
      url: `https://${hostOf(config.listen.address)}:${port}`,
      port,
      adminUrl: `http://${hostOf(config.admin.address)}:${adminPort}`,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function readTls({ tls }: GatewayConfig): {
  cert: string
  key: string
  clientCa: string | undefined
} {
  return {
    cert: readPem(tls.certFile),
    key: readPem(tls.keyFile),
    clientCa: tls.clientCaFile === undefined ? undefined : readPem(tls.clientCaFile),
  }
}

async function missing(
  tenants: readonly GatewayTenant[],
  snapshots: Snapshots,
): Promise<string | undefined> {
  await Promise.all(tenants.map(({ keys }) => keys.refresh()))
  const keyless = tenants.filter(({ keys }) => keys.current.length === 0)
  if (keyless.length > 0) {
    return `no keys yet of: ${keyless.map(({ config }) => config.name).join(', ')}`
  }
  try {
    await snapshots.check()
    return undefined
  } catch (error) {
    return describeError(error)
  }
}

function observer(
  counters: Counters,
  log: Logger,
): Parameters<typeof createSnapshots>[0]['observe'] {
  return {
    read(endpoint, bytes) {
      counters.add('sublet_gateway_upstream_reads_total', { endpoint })
      counters.add('sublet_gateway_upstream_bytes_total', { endpoint }, bytes)
    },
    failed(endpoint, error) {
      counters.add('sublet_gateway_upstream_failures_total', { endpoint })
      log.error({ endpoint, error: describeError(error) }, 'the kubelet cannot be read')
    },
    dropped(dropped, kept) {
      counters.add('sublet_gateway_rows_total', { fate: 'kept' }, kept)
      for (const [fate, count] of Object.entries(dropped)) {
        if (count > 0) counters.add('sublet_gateway_rows_total', { fate }, count)
      }
    },
  }
}

async function closeServer(server: Server & { closeAllConnections(): void }): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function closeClients(tenants: readonly GatewayTenant[], upstream: Upstream): Promise<void> {
  await Promise.all([upstream, ...tenants].map((each) => each[Symbol.asyncDispose]()))
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address)

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
