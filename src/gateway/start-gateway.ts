import { closeServer, listen, systemClock, type Clock, type Logger } from '../core/index.ts'
import { createAdminServer } from './admin.ts'
import type { GatewayConfig } from './config.ts'
import { createGeneration } from './generation.ts'
import { LIMITS } from './limits.ts'
import { loadTls } from './load-tls.ts'
import { createMetrics } from './metrics.ts'
import { createReloader, type Reload, type Reloader } from './reload.ts'
import { createTenantLimits } from './tenant-limits.ts'
import { createTenantServer } from './tenant-server.ts'
import { createTenantSides } from './tenant-sides.ts'
import { watchFiles } from './watch-files.ts'

/** A running gateway. Disposing it ends all connections; doing so twice is harmless. */
export interface Gateway extends AsyncDisposable {
  /** `https://address:port` of the tenants' side. */
  readonly url: string
  readonly port: number
  /** The ports of the listeners that tenants have of their own, by the tenant's name. */
  readonly ownPorts: ReadonlyMap<string, number>
  /** `http://address:port` of the operators' side. */
  readonly adminUrl: string
  /** Reads the configuration and its files again, and takes them if they are good. Throws nothing. */
  reload(why: string): Promise<Reload>
  /** Fails readiness, accepts nothing new, answers what is under way (20 s at most), and ends. */
  drain(): Promise<void>
}

export interface GatewayOptions {
  readonly log: Logger
  readonly signal?: AbortSignal
  readonly clock?: Clock
  /** The file that the configuration came from: it and the files that it names are watched, and read again on a reload. */
  readonly configFile?: string
}

/**
 * Starts to serve. Throws E_CONFIG for files that cannot be read, E_PORT_IN_USE and E_NO_PERMISSION. The kubelet and the
 * tenants' API servers need not be there yet: until they are, `/readyz` says what is missing.
 */
export async function startGateway(
  config: GatewayConfig,
  options: GatewayOptions,
): Promise<Gateway> {
  const { log, clock = systemClock, configFile } = options
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal
  const metrics = createMetrics()
  const tls = loadTls(config)
  const generation = createGeneration(config, { log, clock, metrics, signal })
  const reloader = createReloader(generation, tls, {
    configFile,
    make: (next) => createGeneration(next, { log, clock, metrics, signal }),
    useTls: (next) => tenants.useTls(next),
    log,
    metrics,
    clock,
  })
  const { current } = reloader
  const limits = createTenantLimits({ limits: () => current().config.limits, clock, metrics })
  const tenants = createTenantSides(config, () =>
    createTenantServer({ tls, current, limits, metrics, clock, log }),
  )
  const { servers } = tenants
  let draining = false
  const admin = createAdminServer({
    metrics,
    notReady: () => (draining ? Promise.resolve('draining') : current().notReady()),
  })
  const close = once(async () => {
    stop.abort(new Error('the gateway is closing'))
    await Promise.all([...[...servers, admin].map(closeServer), reloader.close()])
  })
  try {
    await generation.start()
    const { port, ownPorts } = await tenants.listen()
    const adminPort = await listen(admin, config.admin, 'the gateway’s admin side')
    if (configFile !== undefined) reloadOnChange(reloader, signal)
    return {
      url: `https://${hostOf(config.listen.address)}:${port}`,
      port,
      ownPorts,
      adminUrl: `http://${hostOf(config.admin.address)}:${adminPort}`,
      reload: reloader.reload,
      drain: once(async () => {
        draining = true
        current().endLogs()
        await tenants.drain(LIMITS.drainMs)
        await close()
      }),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function reloadOnChange({ files, reload }: Reloader, signal: AbortSignal): void {
  const changed = async (): Promise<void> => {
    await reload('a file changed')
  }
  watchFiles({ files, everyMs: LIMITS.fileLookMs, signal, changed })
}

const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address)

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}
