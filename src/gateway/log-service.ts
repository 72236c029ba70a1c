import type { Logger } from '../core/index.ts'
import type { KubeClient } from '../kube/index.ts'
import type { GatewayConfig } from './config.ts'
import { createContainerLogs, type OpenLog } from './container-logs.ts'
import { createFreshPods } from './fresh-pods.ts'
import { LIMITS } from './limits.ts'
import type { LiveTenants } from './live-tenants.ts'
import { createLogStreams } from './log-streams.ts'
import type { Metrics } from './metrics.ts'
import type { Snapshots } from './snapshots.ts'
import { hostApiClient, type Upstream } from './upstream.ts'

/** The logs of one configuration: whether there are any, and all that is read at this moment. */
export interface LogService extends AsyncDisposable {
  /** Undefined: they are switched off. */
  readonly open: OpenLog | undefined
  /** Ends all, as at their end: who follows comes back. */
  end(): void
}

/** How often it is looked whether the tenants of open logs are still served. */
const LOOK_MS = 5000

export function createLogService(
  config: GatewayConfig,
  parts: {
    readonly snapshots: Snapshots
    readonly upstream: Upstream
    readonly live: LiveTenants
    readonly metrics: Metrics
    readonly log: Logger
    readonly signal: AbortSignal
  },
): LogService {
  const { snapshots, upstream, live, metrics, log, signal } = parts
  if (!config.logs.enabled) {
    return {
      open: undefined,
      end: () => undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }
  const streams = createLogStreams({
    ...config.logs,
    metrics,
    ended(why, bytes, tenant) {
      metrics.add('sublet_gateway_log_endings_total', { why, tenant })
      metrics.add('sublet_gateway_response_bytes_total', { endpoint: 'logs', tenant }, bytes)
      log.info({ why, bytes, tenant }, 'a log ended')
    },
  })
  const looking = setInterval(() => streams.keepOnly(live.configs()), LOOK_MS).unref()
  let client: Promise<KubeClient> | undefined
  const open = createContainerLogs({
    hostPods: () => snapshots.hostPods(),
    freshPods: createFreshPods({
      read: (stop) => upstream.pods(stop),
      apartMs: LIMITS.podLooksApartMs,
      signal,
    }),
    tenants: live.configs,
    hostApi: () => (client ??= hostApiClient(config).catch(forget)),
    streams,
  })
  const forget = (error: unknown): never => {
    client = undefined
    throw error
  }
  return {
    open,
    end: () => streams.endAll(),
    async [Symbol.asyncDispose]() {
      clearInterval(looking)
      streams.endAll()
      await (await client?.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}
