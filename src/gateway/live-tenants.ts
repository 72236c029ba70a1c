import { describeError, sleep, type Clock, type Logger } from '../core/index.ts'
import type { KubeClient } from '../kube/index.ts'
import type { GatewayConfig, TenantConfig } from './config.ts'
import { needsDiscovery, startDiscovery, type Discovery } from './discovery.ts'
import { createGatewayTenant, type GatewayTenant } from './gateway-tenant.ts'
import { LIMITS } from './limits.ts'
import type { Metrics } from './metrics.ts'
import { observeReviews } from './observe.ts'
import { createTenantRegistry, type TenantRegistry } from './tenant-registry.ts'
import { hostApiClient } from './upstream.ts'

/** The tenants of one configuration: those that it lists, and those that are found on the host, as they come and go. */
export interface LiveTenants extends AsyncDisposable {
  readonly tenants: () => readonly GatewayTenant[]
  readonly configs: () => readonly TenantConfig[]
  /** Throws E_CONFIG when a listed tenant must not be served so. Waits some seconds for the host, if it is watched. */
  start(signal: AbortSignal): Promise<void>
  /** Undefined: every listed tenant can be served; else what is missing. One that was found keeps nobody waiting. */
  missing(): Promise<string | undefined>
}

export interface LiveTenantsOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly metrics: Metrics
}

/** Throws E_CONFIG when a file that a listed tenant names cannot be used. */
export function createLiveTenants(
  config: GatewayConfig,
  { log, clock, metrics }: LiveTenantsOptions,
): LiveTenants {
  const observe = observeReviews(metrics)
  const registry = createTenantRegistry({
    make: (tenant) => createGatewayTenant(tenant, 0, { clock, log, observe }),
    log,
    changed: (now) => tell(now, metrics, log),
  })
  registry.replace(config.tenants, 'throw')
  let client: KubeClient | undefined
  let discovery: Discovery | undefined
  let state: 'not looking' | 'looking' | 'known' = 'not looking'
  let fault: string | undefined

  const look = async (signal: AbortSignal): Promise<void> => {
    client ??= await hostApiClient(config)
    signal.throwIfAborted()
    discovery ??= startDiscovery({
      config,
      client,
      log,
      found: (tenants) => registry.replace(tenants),
      ignored: (counts) => tellIgnored(counts, metrics),
    })
    await discovery.ready
    state = 'known'
  }

  return {
    tenants: registry.tenants,
    configs: registry.configs,
    async start(signal) {
      await Promise.all(registry.tenants().map(({ reviews }) => reviews.start(signal)))
      if (!needsDiscovery(config)) return
      state = 'looking'
      const looked = look(signal).catch((error: unknown) => {
        fault = describeError(error)
        if (!signal.aborted) log.error({ error: fault }, 'the host cannot be searched for tenants')
      })
      await Promise.race([looked, sleep(LIMITS.discoveryStartMs, signal)])
    },
    async missing() {
      if (state === 'looking') {
        return `the host is being searched for tenants${fault === undefined ? '' : `: ${fault}`}`
      }
      const listed = registry.tenants().filter((each) => each.config.discovered !== true)
      await Promise.all(listed.map(({ keys }) => keys.refresh()))
      const keyless = listed.filter(({ keys }) => keys.current.length === 0)
      if (keyless.length === 0) return undefined
      return `no keys yet of: ${keyless.map((each) => each.config.name).join(', ')}`
    },
    async [Symbol.asyncDispose]() {
      await discovery?.[Symbol.asyncDispose]()
      await client?.[Symbol.asyncDispose]()
      await registry[Symbol.asyncDispose]()
    },
  }
}

function tellIgnored(counts: ReadonlyMap<string, number>, metrics: Metrics): void {
  metrics.reset('sublet_gateway_ignored_control_planes')
  for (const [reason, count] of counts) {
    metrics.set('sublet_gateway_ignored_control_planes', count, { reason })
  }
}

function tell(registry: TenantRegistry, metrics: Metrics, log: Logger): void {
  const names = registry.configs().map(({ name }) => name)
  metrics.set('sublet_gateway_tenants', names.length)
  metrics.set('sublet_gateway_contested_namespaces', registry.contested().size)
  log.info({ tenants: names.length, names: names.slice(0, 20) }, 'the tenants of this node')
}
