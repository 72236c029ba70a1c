import { describeError, type Clock, type Logger } from '../core/index.ts'
import { createAuthenticator } from './authenticate.ts'
import type { GatewayConfig } from './config.ts'
import type { HandlerOptions } from './handle.ts'
import { LIMITS } from './limits.ts'
import { createLogService } from './log-service.ts'
import { createLiveTenants, type LiveTenants } from './live-tenants.ts'
import type { Metrics } from './metrics.ts'
import { observeSnapshots, observeUpstream } from './observe.ts'
import { createSnapshots, type Snapshots } from './snapshots.ts'
import { createUpstream } from './upstream.ts'

/** Everything that follows from one configuration: a reload makes another one and replaces it as a whole. */
export interface Generation {
  readonly config: GatewayConfig
  readonly handler: HandlerOptions
  /** Throws E_CONFIG when a tenant must not be served as it is configured. */
  start(): Promise<void>
  /** Undefined: it can serve; else what is missing. */
  notReady(): Promise<string | undefined>
  /** Keeps it alive for one request; gives the function that ends this. */
  hold(): () => void
  /** Ends the logs that are being read, as at their end. */
  endLogs(): void
  /** Closes its clients as soon as no request holds it; at once when `now`. */
  retire(now?: 'now'): Promise<void>
}

export interface GenerationOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly metrics: Metrics
  readonly signal: AbortSignal
}

/** Reads every file that the configuration names. Throws E_CONFIG when one is not good. */
export function createGeneration(config: GatewayConfig, options: GenerationOptions): Generation {
  const { log, clock, metrics, signal } = options
  const upstream = observeUpstream(createUpstream(config, log), metrics, clock)
  const live = createLiveTenants(config, { clock, log, metrics })
  const snapshots = createSnapshots({
    upstream,
    tenants: live.configs,
    ttlMs: config.snapshot.ttlMs,
    maxStaleMs: config.snapshot.maxStaleMs,
    clock,
    signal,
    observe: observeSnapshots(metrics, log),
  })
  const authenticate = createAuthenticator({ tenants: live.tenants, clock, log, signal })
  const logs = createLogService(config, { snapshots, upstream, live, metrics, log, signal })
  const close = async (): Promise<void> => {
    await Promise.all([upstream, live, logs].map((each) => each[Symbol.asyncDispose]()))
  }
  return {
    config,
    handler: {
      authenticate,
      snapshots,
      nodeName: config.kubelet.nodeName,
      clock,
      signal,
      openLog: logs.open,
    },
    endLogs: () => logs.end(),
    start: () => live.start(signal),
    notReady: () => missing(live, snapshots),
    ...lifetime(close, () => logs.end()),
  }
}

/** Closes when it was retired and nobody holds it any more. */
function lifetime(
  close: () => Promise<void>,
  endLogs: () => void,
): Pick<Generation, 'hold' | 'retire'> {
  let held = 0
  let closing: Promise<void> | undefined
  let unheld: (() => void) | undefined
  const end = (): Promise<void> => (closing ??= close())
  return {
    hold() {
      let holds = true
      held++
      return () => {
        if (!holds) return
        holds = false
        held--
        if (held === 0) unheld?.()
      }
    },
    async retire(now) {
      endLogs()
      if (now === undefined && held > 0) {
        await new Promise<void>((resolve) => {
          unheld = resolve
        })
      }
      await end()
    },
  }
}

async function missing(live: LiveTenants, snapshots: Snapshots): Promise<string | undefined> {
  const tenants = await live.missing()
  if (tenants !== undefined) return tenants
  try {
    await snapshots.check(LIMITS.readinessMs)
    return undefined
  } catch (error) {
    return describeError(error)
  }
}
