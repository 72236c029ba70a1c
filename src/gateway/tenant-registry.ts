import { describeError, type Logger } from '../core/index.ts'
import { contestedNamespaces } from '../tenants/index.ts'
import { createCloser } from './closer.ts'
import type { TenantConfig } from './config.ts'
import type { GatewayTenant } from './gateway-tenant.ts'

/** The tenants of this moment; they come and go while the gateway runs. */
export interface TenantRegistry extends AsyncDisposable {
  /** Everything remembered about a tenant is in its object here, and goes with it. */
  readonly tenants: () => readonly GatewayTenant[]
  /** What ownership is decided by: another list after each change. */
  readonly configs: () => readonly TenantConfig[]
  /** The host namespaces that several tenants claim, so that they are none's, with the tenants' names. */
  contested(): ReadonlyMap<string, readonly string[]>
  /**
   * Makes these all tenants there are. One whose configuration is the same stays the same object. One that cannot be made
   * is logged, and keeps its claim; with `throw`, its fault is thrown and nothing has changed.
   */
  replace(configs: readonly TenantConfig[], onFault?: 'throw'): void
}

export interface TenantRegistryOptions {
  readonly make: (config: TenantConfig) => GatewayTenant
  readonly log: Logger
  /** After each change. */
  readonly changed?: (registry: TenantRegistry) => void
}

interface Entry {
  readonly config: TenantConfig
  /** Undefined: it could not be made. Its claim on its namespaces stands. */
  readonly tenant: GatewayTenant | undefined
}

export function createTenantRegistry(options: TenantRegistryOptions): TenantRegistry {
  const { log } = options
  let entries: ReadonlyMap<string, Entry> = new Map()
  let tenants: readonly GatewayTenant[] = []
  let configs: readonly TenantConfig[] = []
  let contested: ReadonlyMap<string, readonly string[]> = new Map()
  let closed = false
  const closer = createCloser(log)
  const close = ({ tenant }: Entry): void => {
    if (tenant !== undefined) closer.close(tenant)
  }
  const tellContested = (now: ReadonlyMap<string, readonly string[]>): void => {
    for (const [namespace, names] of now) {
      if (contested.get(namespace)?.join() === names.join()) continue
      log.error({ namespace, tenants: names }, 'tenants claim one host namespace: it is none’s')
    }
    contested = now
  }

  const registry: TenantRegistry = {
    tenants: () => tenants,
    configs: () => configs,
    contested: () => contested,
    replace(wanted, onFault) {
      if (closed) return
      const next = new Map<string, Entry>()
      for (const config of wanted) {
        // Two tenants that are alike in everything are one.
        const key = JSON.stringify(config)
        if (!next.has(key)) next.set(key, entries.get(key) ?? made(config, options, onFault))
      }
      if (next.size === entries.size && [...next.keys()].every((key) => entries.has(key))) return
      const gone = [...entries].filter(([key]) => !next.has(key))
      entries = next
      configs = [...next.values()].map(({ config }) => config)
      tenants = [...next.values()].flatMap(({ tenant }) => tenant ?? [])
      tellContested(contestedNamespaces(configs))
      for (const [, entry] of gone) close(entry)
      options.changed?.(registry)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      for (const entry of entries.values()) close(entry)
      entries = new Map()
      tenants = []
      configs = []
      await closer.all()
    },
  }
  return registry
}

function made(
  config: TenantConfig,
  { make, log }: TenantRegistryOptions,
  onFault: 'throw' | undefined,
): Entry {
  try {
    return { config, tenant: make(config) }
  } catch (error) {
    if (onFault === 'throw') throw error
    log.error({ tenant: config.name, error: describeError(error) }, 'a tenant cannot be served')
    return { config, tenant: undefined }
  }
}
